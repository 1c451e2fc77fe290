package org.minigpt4j.io.web;

import java.io.IOException;
import java.time.Duration;

/** A fault that passes through futures and callbacks; the message says what is wrong. */
public final class FetchException extends IOException {

    private static final long serialVersionUID = 1L;

    private final FetchFault fault;
    private final Duration retryAfter;
    private final boolean ofConnection;

    /** A fault without a pause. */
    public FetchException(FetchFault fault, String detail) {
        this(fault, detail, null);
    }

    /** A fault with the pause that the host requested; null if it requested none. */
    public FetchException(FetchFault fault, String detail, Duration retryAfter) {
        this(fault, detail, retryAfter, false);
    }

    private FetchException(
            FetchFault fault, String detail, Duration retryAfter, boolean ofConnection) {
        super(detail);
        this.fault = fault;
        this.retryAfter = retryAfter;
        this.ofConnection = ofConnection;
    }

    /**
     * A fault caused by the remainder of the connection's previous response; this address is not to
     * blame.
     */
    public static FetchException ofConnection(FetchFault fault, String detail) {
        return new FetchException(fault, detail, null, true);
    }

    /** The kind of fault. */
    public FetchFault fault() {
        return fault;
    }

    /** The pause that the host requested; null if it requested none. */
    public Duration retryAfter() {
        return retryAfter;
    }

    /** Whether the fault was caused by a remainder of the previous response. */
    public boolean isOfConnection() {
        return ofConnection;
    }

    /** No stack trace: millions of these are created only to be counted. */
    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
