package org.minigpt4j;

/**
 * The root of every error this project raises on purpose. Its message is written for a person: what
 * is wrong, where, and what to do about it. The command line prints it without a stack trace and
 * exits with {@link #exitCode()}.
 */
public abstract sealed class MiniGpt4Exception extends RuntimeException
        permits UsageException, FailedException {

    private static final long serialVersionUID = 1L;

    MiniGpt4Exception(String message, Throwable cause) {
        super(message, cause);
    }

    /** The exit code of a command that ends with this error: 1 for a failure, 2 for wrong usage. */
    public abstract int exitCode();
}
