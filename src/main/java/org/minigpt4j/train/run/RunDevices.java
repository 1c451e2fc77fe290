package org.minigpt4j.train.run;

import ai.djl.Device;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.DeviceEntry;
import org.minigpt4j.config.DeviceKind;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.model.Devices;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Which devices share a run: what {@code run.device} and {@code run.devices} come to. */
public final class RunDevices {

    private RunDevices() {}

    /**
     * One device for each replica.
     *
     * @throws UsageException if a GPU is asked for that is not there
     */
    public static List<Device> of(TrainConfig config) {
        List<Device> devices = new ArrayList<>();
        for (DeviceEntry entry : config.run().devices()) {
            if (entry instanceof DeviceEntry.Cpu cpu) {
                devices.addAll(Collections.nCopies(cpu.replicas(), Device.cpu()));
            } else if (entry instanceof DeviceEntry.Gpu gpu) {
                int gpus = Devices.gpus();
                if (gpu.index() >= gpus) {
                    throw noGpu(
                            config,
                            "run.devices",
                            gpus == 0
                                    ? Devices.whyNone()
                                    : "there is no GPU " + gpu.index() + " among " + gpus);
                }
                devices.add(Device.gpu(gpu.index()));
            } else {
                devices.addAll(automatic(config));
            }
        }
        return devices;
    }

    private static List<Device> automatic(TrainConfig config) {
        DeviceKind wanted = config.run().device();
        if (wanted == DeviceKind.CPU) {
            return List.of(Device.cpu());
        }
        int gpus = Devices.gpus();
        if (wanted == DeviceKind.CUDA && gpus == 0) {
            throw noGpu(config, "run.device", Devices.whyNone());
        }
        return gpus > 0
                ? IntStream.range(0, gpus).mapToObj(Device::gpu).toList()
                : List.of(Device.cpu());
    }

    private static UsageException noGpu(TrainConfig config, String key, String found) {
        return new UsageException(
                "%s: %s: %s; set run.device: cpu, or see docs/gpu.md"
                        .formatted(config.where(key), key, found));
    }
}
