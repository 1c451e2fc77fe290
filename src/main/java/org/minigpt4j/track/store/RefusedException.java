package org.minigpt4j.track.store;

/** The store refused a request for good: it was not carried out, and repeating it does not help. */
public final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String code;

    /** Creates an exception without an error code. */
    public RefusedException(String message) {
        this(message, "");
    }

    /** Creates an exception with MLflow's error code. */
    public RefusedException(String message, String code) {
        super(message);
        this.code = code;
    }

    /** Whether the reason is that the object to create already exists. */
    boolean isBecauseItExists() {
        return code.equals("RESOURCE_ALREADY_EXISTS");
    }

    /** Whether the reason is that the requested object does not exist. */
    boolean isBecauseItIsMissing() {
        return code.equals("RESOURCE_DOES_NOT_EXIST");
    }
}
