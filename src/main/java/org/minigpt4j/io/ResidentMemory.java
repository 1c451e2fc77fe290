package org.minigpt4j.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory that this process uses. */
public final class ResidentMemory {

    private static final Path STATUS = Path.of("/proc/self/status");

    private ResidentMemory() {}

    /** Resident bytes of this process now; 0 on systems without {@code /proc}. */
    public static long bytes() {
        try {
            // This runs at every step, so it avoids splitting the file's sixty lines and regular
            // expressions.
            String status = Files.readString(STATUS);
            int from = status.indexOf("VmRSS:");
            int to = status.indexOf("kB", from);
            return from < 0 || to < 0
                    ? 0
                    : 1024 * Long.parseLong(status.substring(from + "VmRSS:".length(), to).strip());
        } catch (IOException e) {
            return 0;
        }
    }
}
