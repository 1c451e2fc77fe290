package org.minigpt4j.io;

import java.nio.file.FileSystemException;
import java.util.Optional;

/** Tells a disk that is full, or a quota that is used up, from other faults of storage. */
public final class DiskFull {

    private static final String FULL = "No space left on device";
    private static final String QUOTA = "Disk quota exceeded";

    /** What a person does about it. */
    static final String REMEDY = "; make room there and run the same command again";

    private DiskFull() {}

    /** Whether something failed because a disk took no more. */
    public static boolean caused(Throwable failure) {
        return reason(failure).isPresent();
    }

    /** How the system says it, without what stands around it. */
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
     * What a person should know of a write that found no room, where its writer did not say so.
     *
     * @param place where it was written, if the failure itself does not name a file
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
