package org.minigpt4j.io;

import org.minigpt4j.FailedException;

import java.util.Locale;
import java.util.function.Supplier;

/**
 * Explains failures for lack of memory: what was being created, its size, and which setting to
 * lower.
 */
public final class MemoryShortage {

    private MemoryShortage() {}

    /**
     * Creates a large object.
     *
     * @param what the object with its dimensions: {@code 8 pictures of 224 x 224}
     * @param bytes its size in bytes
     * @param remedy what to do: {@code lower run.batch_size_train}
     * @throws FailedException if there is not enough memory
     */
    public static <T> T of(String what, long bytes, String remedy, Supplier<T> made) {
        try {
            return made.get();
        } catch (OutOfMemoryError e) {
            String size = String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
            throw new FailedException(
                    "out of memory while creating %s (%s): %s; %s"
                            .formatted(what, size, e.getMessage(), remedy),
                    e);
        }
    }

    /** Whether a failure was caused by lack of memory of the JVM, the machine or a GPU. */
    public static boolean caused(Throwable failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            String message = ("" + at.getMessage()).toLowerCase(Locale.ROOT);
            if (at instanceof OutOfMemoryError
                    || message.contains("outofmemoryerror") // as Spark reports one on another host
                    || message.contains("out of memory")
                    || message.contains("can't allocate memory")
                    || message.contains("not enough memory")) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether the heap is full even after garbage collection. If so, the code that ran out of
     * memory is not to blame. Takes a while.
     */
    public static boolean isHeapFull() {
        System.gc();
        Runtime java = Runtime.getRuntime();
        return java.totalMemory() - java.freeMemory() > java.maxMemory() / 8 * 7;
    }

    /** A message for the user if only the failure is known. */
    public static String advice(Throwable failure) {
        return advice(
                failure,
                "run.batch_size_train or run.num_workers (in launch/prepare: fetch.connections)");
    }

    /**
     * A message for the user that names the keys to lower.
     *
     * @param keys the keys to lower: {@code fetch.connections}
     */
    public static String advice(Throwable failure, String keys) {
        Throwable root = failure;
        while (root.getCause() != null && !(root instanceof OutOfMemoryError)) {
            root = root.getCause();
        }
        return String.format(
                Locale.ROOT,
                "out of memory (%s); Java may use %.1f GB. Lower %s, or give Java more:"
                        + " JAVA_OPTS=-Xmx16g before the same command",
                root.getMessage() == null ? root : root.getMessage().lines().findFirst().orElse(""),
                Runtime.getRuntime().maxMemory() / 1e9,
                keys);
    }
}
