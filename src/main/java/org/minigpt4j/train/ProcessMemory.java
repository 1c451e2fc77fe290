package org.minigpt4j.train;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;

import org.minigpt4j.io.ResidentMemory;

import java.util.Collection;

/**
 * Memory in use.
 *
 * @param hostBytes resident bytes of this process; 0 on systems without {@code /proc}
 * @param deviceBytes bytes in use on the fullest GPU, by all processes; 0 without a GPU
 */
public record ProcessMemory(long hostBytes, long deviceBytes) {

    /** Measures the memory now in use on the host and on {@code devices}. */
    static ProcessMemory now(Collection<Device> devices) {
        return new ProcessMemory(ResidentMemory.bytes(), device(devices));
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
