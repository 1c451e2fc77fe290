package org.minigpt4j.io;

import java.nio.file.FileSystemException;
import java.util.Optional;

/** Recognises failures caused by a full disk or an exhausted quota. */
public final class DiskFull {

    private static final String FULL = "No space left on device";
    private static final String QUOTA = "Disk quota exceeded";

    /** What the user should do about it. */
    static final String REMEDY = "; free some space there and run the same command again";

    private DiskFull() {}

    /** Whether a failure was caused by a full disk or an exhausted quota. */
    public static boolean caused(Throwable failure) {
        return reason(failure).isPresent();
    }

    /** The system's own words for it; empty if the cause is another one. */
    static Optional<String> reason(Throwable failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            String message = String.valueOf(at.getMessage());
            for (String reason : new String[] {FULL, QUOTA}) {
                if (message.contains(reason)) {
                    return Optional.of(reason);
                }
            }
        }
        return Optional.empty();
    }

    /**
     * A message for the user about a failed write.
     *
     * @param place where the data was written, if the failure itself does not name a file
     */
    public static String advice(Throwable failure, String place) {
        String path = place;
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof FileSystemException file && file.getFile() != null) {
                path = file.getFile();
            }
        }
        return "could not write %s: %s%s".formatted(path, reason(failure).orElse(FULL), REMEDY);
    }
}
