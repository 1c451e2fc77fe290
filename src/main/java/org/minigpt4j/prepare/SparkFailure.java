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

    /** Our own exception that a task threw, or else one that says what ended a preparation. */
    static MiniGpt4Exception translate(Exception e) {
        return translate(e, "preparation", "shards", ShardTask.KEYS);
    }

    /**
     * The same of any work.
     *
     * @param work what it is
     * @param kept what is kept of it once it is finished
     * @param keys what to lower where there is no memory
     */
    static MiniGpt4Exception translate(Exception e, String work, String kept, String keys) {
        if (isStopped(e)) {
            return new FailedException(
                    "The %s was stopped. Finished %s are kept; run the same command to continue."
                            .formatted(work, kept),
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
                ? new FailedException(MemoryShortage.advice(e, keys), e)
                : new FailedException(
                        ("The %s ended early: %s. Finished %s are kept; run the same"
                                        + " command to retry the rest.")
                                .formatted(work, oneLine(cause), kept),
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
