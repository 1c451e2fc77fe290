package org.minigpt4j.track.store;

/** The store answered that it will not do this: it was not done, and never will be. */
public final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String code;

    public RefusedException(String message) {
        this(message, "");
    }

    /** The same, with MLflow's code for the reason. */
    public RefusedException(String message, String code) {
        super(message);
        this.code = code;
    }

    /** Whether what was to be made is there. */
    boolean isBecauseItExists() {
        return code.equals("RESOURCE_ALREADY_EXISTS");
    }

    /** Whether what was asked for is not there. */
    boolean isBecauseItIsMissing() {
        return code.equals("RESOURCE_DOES_NOT_EXIST");
    }
}
