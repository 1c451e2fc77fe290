package org.minigpt4j.train;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/**
 * Memory in use.
 *
 * @param hostBytes resident bytes of this process; 0 where there is no {@code /proc}
 * @param deviceBytes bytes in use on the fullest GPU, whoever uses them; 0 without a GPU
 */
public record ProcessMemory(long hostBytes, long deviceBytes) {

    private static final Path STATUS = Path.of("/proc/self/status");

    /** What is in use now, on the host and on {@code devices}. */
    static ProcessMemory now(Collection<Device> devices) {
        return new ProcessMemory(host(), device(devices));
    }

    private static long host() {
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

    private static long device(Collection<Device> devices) {
        return devices.stream()
                .filter(Device::isGpu)
                .distinct()
                .mapToLong(device -> CudaUtils.getGpuMemory(device).getCommitted())
                .max()
                .orElse(0);
    }
}
