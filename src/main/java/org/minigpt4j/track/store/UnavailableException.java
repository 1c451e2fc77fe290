package org.minigpt4j.track.store;

import java.time.Duration;

/**
 * The store did not answer, or answered that something is wrong with itself. Whether it did what it
 * was asked to is not known; the same request may succeed later.
 */
public final class UnavailableException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    public UnavailableException(String message, Throwable cause) {
        this(message, cause, Duration.ZERO);
    }

    /** The same, from a store that asked for some time. */
    public UnavailableException(String message, Throwable cause, Duration retryAfter) {
        super(message, cause);
        this.retryAfter = retryAfter;
    }

    /** The least time to wait that the store asked for. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
