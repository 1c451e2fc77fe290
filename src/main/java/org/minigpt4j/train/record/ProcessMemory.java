package org.minigpt4j.train.record;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/** ProcessMemory in use: of this process on the host, and on GPUs whoever uses it. */
final class ProcessMemory {

    private static final Path STATUS = Path.of("/proc/self/status");

    private ProcessMemory() {}

    /** Resident bytes of the process; 0 where there is no {@code /proc}. */
    static long hostBytes() {
        try {
            // Twice a step, so without a list of the sixty lines and an expression for each.
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

    /** Bytes in use on the fullest GPU among {@code devices}; 0 without one. */
    static long deviceBytes(Collection<Device> devices) {
        return devices.stream()
                .filter(Device::isGpu)
                .distinct()
                .mapToLong(device -> CudaUtils.getGpuMemory(device).getCommitted())
                .max()
                .orElse(0);
    }
}
