package org.minigpt4j.train.run;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.DeviceEntry;
import org.minigpt4j.config.DeviceKind;
import org.minigpt4j.config.TrainConfig;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Chooses a rank's devices among those that Spark assigned to it. */
final class RankDevices {

    private RankDevices() {}

    /**
     * The configuration of a rank, restricted to the GPUs of its task.
     *
     * @param options overrides
     * @param gpus numbers of the GPUs assigned to the task; empty if Spark assigns none
     * @param load reads the configuration with overrides
     * @throws UsageException if the configuration names other GPUs
     */
    static TrainConfig given(
            List<String> options, List<String> gpus, Function<List<String>, TrainConfig> load) {
        TrainConfig config = load.apply(options);
        if (gpus.isEmpty()) {
            return config;
        }
        for (String gpu : gpus) {
            if (!gpu.matches("\\d{1,3}")) {
                throw new UsageException(
                        "Spark names a GPU of this rank '%s'; its discovery script must name GPUs by number"
                                .formatted(gpu));
            }
        }
        for (DeviceEntry entry : config.run().devices()) {
            if (entry instanceof DeviceEntry.Gpu gpu && !gpus.contains("" + gpu.index())) {
                throw new UsageException(
                        "run.devices names GPU %d, but Spark assigned %s to this rank; set run.devices: auto"
                                .formatted(gpu.index(), String.join(", ", gpus)));
            }
        }
        boolean automatic = config.run().devices().equals(List.of(new DeviceEntry.Auto()));
        if (!automatic || config.run().device() == DeviceKind.CPU) {
            return config;
        }
        List<String> all = new ArrayList<>(options);
        all.add("run.devices=[%s]".formatted(String.join(",", gpus)));
        return load.apply(all);
    }
}
