package org.minigpt4j.cluster.exchange;

/** A peer sent invalid data. The message says what it sent. */
final class WireFault extends RuntimeException {

    private static final long serialVersionUID = 1;

    WireFault(String message) {
        super(message);
    }
}
