package org.minigpt4j.data;

/** One sample is of no use; the others are not concerned. */
final class BadSampleException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Fault fault;

    BadSampleException(Fault fault, String detail) {
        super(detail);
        this.fault = fault;
    }

    BadSampleException(Fault fault, String detail, Throwable cause) {
        super(detail, cause);
        this.fault = fault;
    }

    Fault fault() {
        return fault;
    }
}
