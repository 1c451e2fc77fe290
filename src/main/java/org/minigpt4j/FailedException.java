package org.minigpt4j;

/** What was asked was right, but the work could not be finished: a full disk, a lost device. */
public final class FailedException extends MiniGpt4Exception {

    private static final long serialVersionUID = 1L;

    /** An error with a message that says what was lost, what was kept and what to do. */
    public FailedException(String message) {
        super(message, null);
    }

    /** The same, keeping the technical cause for {@code --verbose}. */
    public FailedException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public int exitCode() {
        return 1;
    }
}
