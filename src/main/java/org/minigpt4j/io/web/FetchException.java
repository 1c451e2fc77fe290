package org.minigpt4j.io.web;

import java.io.IOException;
import java.time.Duration;

/** A fault on its way through futures and callbacks; the message says what is wrong. */
public final class FetchException extends IOException {

    private static final long serialVersionUID = 1L;

    private final FetchFault fault;
    private final Duration retryAfter;
    private final boolean ofConnection;

    /** Without a pause. */
    public FetchException(FetchFault fault, String detail) {
        this(fault, detail, null);
    }

    /** With the pause that the host asks for; null if it names none. */
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

    /** What came was left over from the connection's last answer: this address is not to blame. */
    public static FetchException ofConnection(FetchFault fault, String detail) {
        return new FetchException(fault, detail, null, true);
    }

    /** What kind of fault it is. */
    public FetchFault fault() {
        return fault;
    }

    /** The pause that the host asks for; null if it names none. */
    public Duration retryAfter() {
        return retryAfter;
    }

    /** Whether what came was left over from the answer before. */
    public boolean isOfConnection() {
        return ofConnection;
    }

    /** Millions of these are made to be counted; where they come from is of no interest. */
    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
