package org.minigpt4j;

/**
 * A valid request that could not be completed, for example because of a full disk or a lost device.
 * Exit code 1.
 */
public final class FailedException extends MiniGpt4Exception {

    private static final long serialVersionUID = 1L;

    /** Creates an error; the message says what was lost, what was kept and what to do. */
    public FailedException(String message) {
        super(message, null);
    }

    /** Creates an error that also keeps the technical cause, which {@code --verbose} prints. */
    public FailedException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public int exitCode() {
        return 1;
    }
}
