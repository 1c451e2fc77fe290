package org.minigpt4j.prepare.fetch;

import java.io.IOException;
import java.time.Duration;

/** A fault on its way through futures and callbacks; {@link Fetcher} turns it into a value. */
final class Refusal extends IOException {

    private static final long serialVersionUID = 1L;

    private final FetchFault fault;
    private final Duration retryAfter;

    Refusal(FetchFault fault, String detail) {
        this(fault, detail, null);
    }

    /** With the pause that the host asks for; null if it names none. */
    Refusal(FetchFault fault, String detail, Duration retryAfter) {
        super(detail);
        this.fault = fault;
        this.retryAfter = retryAfter;
    }

    FetchFault fault() {
        return fault;
    }

    Duration retryAfter() {
        return retryAfter;
    }

    /** Millions of these are made to be counted; where they come from is of no interest. */
    @Override
    public Throwable fillInStackTrace() {
        return this;
    }

    Fetched.Failure failure() {
        return new Fetched.Failure(fault, getMessage());
    }
}
