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
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Resolves {@code run.device} and {@code run.devices} to the devices of a run. */
public final class RunDevices {

    private RunDevices() {}

    /**
     * One device for each replica.
     *
     * @throws UsageException if a requested GPU does not exist
     */
    public static List<Device> of(TrainConfig config) {
        return of(config.run().devices(), config.run().device(), config::where);
    }

    /**
     * The same for the values of the two keys.
     *
     * @param where returns the file and line that set a key
     * @throws UsageException if a requested GPU does not exist
     */
    public static List<Device> of(
            List<DeviceEntry> entries, DeviceKind wanted, UnaryOperator<String> where) {
        List<Device> devices = new ArrayList<>();
        for (DeviceEntry entry : entries) {
            if (entry instanceof DeviceEntry.Cpu cpu) {
                devices.addAll(Collections.nCopies(cpu.replicas(), Device.cpu()));
            } else if (entry instanceof DeviceEntry.Gpu gpu) {
                int gpus = Devices.gpus();
                if (gpu.index() >= gpus) {
                    throw noGpu(
                            where,
                            "run.devices",
                            gpus == 0
                                    ? Devices.whyNone()
                                    : "GPU "
                                            + gpu.index()
                                            + " does not exist; GPUs found: "
                                            + gpus);
                }
                devices.add(Device.gpu(gpu.index()));
            } else {
                devices.addAll(automatic(wanted, where));
            }
        }
        return devices;
    }

    private static List<Device> automatic(DeviceKind wanted, UnaryOperator<String> where) {
        if (wanted == DeviceKind.CPU) {
            return List.of(Device.cpu());
        }
        int gpus = Devices.gpus();
        if (wanted == DeviceKind.CUDA && gpus == 0) {
            throw noGpu(where, "run.device", Devices.whyNone());
        }
        return gpus > 0
                ? IntStream.range(0, gpus).mapToObj(Device::gpu).toList()
                : List.of(Device.cpu());
    }

    private static UsageException noGpu(UnaryOperator<String> where, String key, String found) {
        return new UsageException(
                "%s: %s: %s; set run.device: cpu, or see docs/gpu.md"
                        .formatted(where.apply(key), key, found));
    }
}
