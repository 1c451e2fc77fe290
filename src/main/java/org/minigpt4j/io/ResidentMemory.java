package org.minigpt4j.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory this process holds. */
public final class ResidentMemory {

    private static final Path STATUS = Path.of("/proc/self/status");

    private ResidentMemory() {}

    /** Resident bytes of this process now; 0 where there is no {@code /proc}. */
    public static long bytes() {
        try {
            // Once a step, so without a list of the sixty lines and an expression for each.
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
