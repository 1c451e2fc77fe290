package org.minigpt4j;

/** What was asked cannot be done as asked: a wrong option, configuration, path or file. */
public final class UsageException extends MiniGpt4Exception {

    private static final long serialVersionUID = 1L;

    /** An error with a message that names the place and the mend. */
    public UsageException(String message) {
        super(message, null);
    }

    /** The same, keeping the technical cause for {@code --verbose}. */
    public UsageException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public int exitCode() {
        return 2;
    }
}
