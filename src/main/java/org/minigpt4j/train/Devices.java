package org.minigpt4j.train;

import ai.djl.Device;
import ai.djl.engine.Engine;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.DeviceEntry;
import org.minigpt4j.config.DeviceKind;
import org.minigpt4j.config.TrainConfig;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Which devices share a run: what {@code run.device} and {@code run.devices} come to. */
final class Devices {

    private static final String NONE = "no GPU that PyTorch can use";

    private Devices() {}

    /**
     * One device for each replica.
     *
     * @throws UsageException if a GPU is asked for that is not there
     */
    static List<Device> of(TrainConfig config) {
        int gpus = Engine.getInstance().getGpuCount();
        List<Device> devices = new ArrayList<>();
        for (DeviceEntry entry : config.run().devices()) {
            if (entry instanceof DeviceEntry.Cpu cpu) {
                devices.addAll(Collections.nCopies(cpu.replicas(), Device.cpu()));
            } else if (entry instanceof DeviceEntry.Gpu gpu) {
                if (gpu.index() >= gpus) {
                    throw noGpu(
                            config,
                            "run.devices",
                            gpus == 0 ? NONE : "no GPU " + gpu.index() + " among " + gpus);
                }
                devices.add(Device.gpu(gpu.index()));
            } else {
                devices.addAll(automatic(config, gpus));
            }
        }
        return devices;
    }

    private static List<Device> automatic(TrainConfig config, int gpus) {
        DeviceKind wanted = config.run().device();
        if (wanted == DeviceKind.CUDA && gpus == 0) {
            throw noGpu(config, "run.device", NONE);
        }
        return gpus > 0 && wanted != DeviceKind.CPU
                ? IntStream.range(0, gpus).mapToObj(Device::gpu).toList()
                : List.of(Device.cpu());
    }

    private static UsageException noGpu(TrainConfig config, String key, String found) {
        return new UsageException(
                config.where(key)
                        + ": "
                        + key
                        + ": "
                        + found
                        + " was found; set run.device: cpu, or see docs/gpu.md");
    }
}
