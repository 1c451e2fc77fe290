package org.minigpt4j;

/**
 * A request that cannot work as given: a wrong option, configuration, path or file. Exit code 2.
 */
public final class UsageException extends MiniGpt4Exception {

    private static final long serialVersionUID = 1L;

    /** Creates an error; the message says where the problem is and how to fix it. */
    public UsageException(String message) {
        super(message, null);
    }

    /** Creates an error that also keeps the technical cause, which {@code --verbose} prints. */
    public UsageException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public int exitCode() {
        return 2;
    }
}
