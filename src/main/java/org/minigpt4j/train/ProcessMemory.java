package org.minigpt4j.train;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;

import org.minigpt4j.io.ResidentMemory;

import java.util.Collection;

/**
 * Memory in use.
 *
 * @param hostBytes resident bytes of this process; 0 where there is no {@code /proc}
 * @param deviceBytes bytes in use on the fullest GPU, whoever uses them; 0 without a GPU
 */
public record ProcessMemory(long hostBytes, long deviceBytes) {

    /** What is in use now, on the host and on {@code devices}. */
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
