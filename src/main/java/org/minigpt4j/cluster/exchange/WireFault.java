package org.minigpt4j.cluster.exchange;

/** A peer sent what no peer sends; says what. */
final class WireFault extends RuntimeException {

    private static final long serialVersionUID = 1;

    WireFault(String message) {
        super(message);
    }
}
