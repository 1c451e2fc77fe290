package org.minigpt4j.prepare;

import org.minigpt4j.FailedException;
import org.minigpt4j.MiniGpt4Exception;

/** Makes one sentence of what Spark throws, which is a page of traces as a rule. */
final class SparkFailure {

    private SparkFailure() {}

    /** Our own exception that a task threw, or else one that says what ended the work. */
    static MiniGpt4Exception translate(Exception e) {
        Throwable cause = e;
        while (cause.getCause() != null && !(cause instanceof MiniGpt4Exception)) {
            cause = cause.getCause();
        }
        return cause instanceof MiniGpt4Exception known
                ? known
                : new FailedException(
                        "The preparation ended early: %s. Finished shards are kept; the same command tries the rest again."
                                .formatted(oneLine(cause)),
                        e);
    }

    /** What was thrown in one line, without the traces that Spark writes into its messages. */
    static String oneLine(Throwable e) {
        String message = String.valueOf(e.getMessage()).split("\\R\\s*at |\\R\\R")[0];
        String name = e.getClass().getSimpleName();
        return e.getMessage() == null ? name : name + ": " + message.strip();
    }
}
