package org.minigpt4j.track.store;

import java.time.Duration;

/**
 * The store did not answer or reported an internal error. It is unknown whether it carried out the
 * request; the same request may succeed later.
 */
public final class UnavailableException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    /** Creates an exception for a store that did not say how long to wait. */
    public UnavailableException(String message, Throwable cause) {
        this(message, cause, Duration.ZERO);
    }

    /** Creates an exception for a store that asked to wait before a retry. */
    public UnavailableException(String message, Throwable cause, Duration retryAfter) {
        super(message, cause);
        this.retryAfter = retryAfter;
    }

    /** The minimum waiting time that the store asked for. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
