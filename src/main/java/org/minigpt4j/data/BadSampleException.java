package org.minigpt4j.data;

/** One sample is of no use; the others are not concerned. */
public final class BadSampleException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String key;
    private final Fault fault;

    BadSampleException(Fault fault, String detail) {
        this("", fault, detail, null);
    }

    BadSampleException(Fault fault, String detail, Throwable cause) {
        this("", fault, detail, cause);
    }

    private BadSampleException(String key, Fault fault, String detail, Throwable cause) {
        super(detail, cause);
        this.key = key;
        this.fault = fault;
    }

    /** The same, saying whose fault it is. */
    BadSampleException withKey(String sample) {
        return new BadSampleException(sample, fault, getMessage(), this);
    }

    /** The sample's key; empty where only its parts are known. */
    String key() {
        return key;
    }

    /** What is wrong with it. */
    public Fault fault() {
        return fault;
    }
}
