package org.minigpt4j.io;

import org.minigpt4j.FailedException;

import java.util.Locale;
import java.util.function.Supplier;

/** Says what there was no memory for, how large it is, and what to lower. */
public final class MemoryShortage {

    private MemoryShortage() {}

    /**
     * Makes something large.
     *
     * @param what is made, with its parts: {@code 8 pictures of 224 x 224}
     * @param bytes that it takes
     * @param remedy what to do: {@code lower run.batch_size_train}
     * @throws FailedException if there is no memory for it
     */
    public static <T> T of(String what, long bytes, String remedy, Supplier<T> made) {
        try {
            return made.get();
        } catch (OutOfMemoryError e) {
            String size = String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
            throw new FailedException(
                    "out of memory while making %s (%s): %s; %s"
                            .formatted(what, size, e.getMessage(), remedy),
                    e);
        }
    }

    /** Whether something failed for lack of memory, of the JVM, of the machine or of a GPU. */
    public static boolean caused(Throwable failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            String message = ("" + at.getMessage()).toLowerCase(Locale.ROOT);
            if (at instanceof OutOfMemoryError
                    || message.contains("outofmemoryerror") // as Spark tells of one elsewhere
                    || message.contains("out of memory")
                    || message.contains("can't allocate memory")
                    || message.contains("not enough memory")) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether the heap is full of what is still in use: then whatever found no memory is not to
     * blame for it. It takes a while.
     */
    public static boolean isHeapFull() {
        System.gc();
        Runtime java = Runtime.getRuntime();
        return java.totalMemory() - java.freeMemory() > java.maxMemory() / 8 * 7;
    }

    /** What a person should know of a failure for lack of memory of which no more is known. */
    public static String advice(Throwable failure) {
        return advice(
                failure,
                "run.batch_size_train or run.num_workers (of a preparation: fetch.connections)");
    }

    /**
     * The same where the keys are known.
     *
     * @param keys to lower: {@code fetch.connections}
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
