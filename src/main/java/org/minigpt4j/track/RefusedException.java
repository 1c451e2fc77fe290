package org.minigpt4j.track;

/** The store answered that it will not do this: it was not done, and never will be. */
public final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
        super(message, null);
    }
}
