package org.minigpt4j.prepare;

import org.minigpt4j.FailedException;
import org.minigpt4j.MiniGpt4Exception;

/** Makes one sentence of what Spark throws, which is a page of traces as a rule. */
final class SparkFailure {

    private SparkFailure() {}

    /** Our own exception that a task threw, or else one that says what ended the work. */
    static MiniGpt4Exception translate(Exception e) {
        if (isStopped(e)) {
            return new FailedException(
                    "The preparation was stopped. Finished shards are kept; the same command goes"
                            + " on.",
                    e);
        }
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

    /** Whether Spark was stopped under the work, as it is by a signal. */
    private static boolean isStopped(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (message.contains("SparkContext was shut down")
                    || message.contains("stopped SparkContext")) {
                return true;
            }
        }
        return false;
    }

    /** What was thrown in one line, without the traces that Spark writes into its messages. */
    static String oneLine(Throwable e) {
        String message = String.valueOf(e.getMessage()).split("\\R\\s*at |\\R\\R")[0];
        String name = e.getClass().getSimpleName();
        return e.getMessage() == null ? name : name + ": " + message.strip();
    }
}
