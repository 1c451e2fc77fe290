package org.minigpt4j.prepare;

import org.apache.spark.SparkEnv;
import org.minigpt4j.FailedException;
import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.io.DiskFull;
import org.minigpt4j.io.MemoryShortage;
import org.minigpt4j.prepare.task.ShardTask;

/** Makes one sentence of what Spark throws, which is a page of traces as a rule. */
final class SparkFailure {

    /** Where Spark keeps its own files. */
    static final String LOCAL_DIR = "spark.local.dir";

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
        if (cause instanceof MiniGpt4Exception known) {
            return known;
        }
        if (DiskFull.caused(e)) {
            return noRoom(e);
        }
        return MemoryShortage.caused(e)
                ? new FailedException(MemoryShortage.advice(e, ShardTask.KEYS), e)
                : new FailedException(
                        "The preparation ended early: %s. Finished shards are kept; the same command tries the rest again."
                                .formatted(oneLine(cause)),
                        e);
    }

    /** Our own writers say where they wrote, so it was Spark. */
    private static FailedException noRoom(Exception e) {
        SparkEnv spark = SparkEnv.get();
        String folder = System.getProperty("java.io.tmpdir");
        if (spark != null) {
            folder = spark.conf().get(LOCAL_DIR, folder);
        }
        return new FailedException(
                "%s; or give Spark another folder for its own files: --conf %s=FOLDER"
                        .formatted(DiskFull.advice(e, folder), LOCAL_DIR),
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
