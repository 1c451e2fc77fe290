package org.minigpt4j.bench;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** PeakMemory that this process has taken. */
final class PeakMemory {

    private PeakMemory() {}

    /** Peak resident bytes of the process, or bytes in use on a GPU. Linux only; 0 elsewhere. */
    static long peakBytes(Device device) {
        if (device.isGpu()) {
            return CudaUtils.getGpuMemory(device).getCommitted();
        }
        Path status = Path.of("/proc/self/status");
        try {
            return Files.readAllLines(status).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
