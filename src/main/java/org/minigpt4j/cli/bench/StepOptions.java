package org.minigpt4j.cli.bench;

import org.minigpt4j.cli.option.PresetName;
import org.minigpt4j.config.DeviceKind;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.Preset;

import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Options that define a measured step. Their names match the Python script for comparison. */
final class StepOptions {

    @Option(
            names = "--preset",
            converter = PresetName.class,
            paramLabel = "PRESET",
            description = "Sizes: nano, mid, 7b or 13b. Default: ${DEFAULT-VALUE}.")
    Preset preset = Preset.MID;

    @Option(
            names = "--dtype",
            paramLabel = "DTYPE",
            description = "fp32, bf16 or fp16. Default: ${DEFAULT-VALUE}.")
    ComputePrecision dtype = ComputePrecision.FP32;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Samples per step. Default: ${DEFAULT-VALUE}.")
    int batch = 4;

    @Option(
            names = "--caption",
            paramLabel = "N",
            description = "Tokens of each caption. Default: ${DEFAULT-VALUE}.")
    int caption = 32;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description =
                    "Steps to time, after three steps of warm-up. Default:" + " ${DEFAULT-VALUE}.")
    int steps = 8;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "CPU threads; 0 means all cores. Default: ${DEFAULT-VALUE}.")
    int threads = 0;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "cpu, cuda or auto. Default: ${DEFAULT-VALUE}.")
    DeviceKind device = DeviceKind.CPU;

    /** The options that the Python script also accepts. */
    List<String> shared() {
        List<String> options = new ArrayList<>();
        options.addAll(List.of("--preset", preset.toString()));
        options.addAll(List.of("--dtype", lower(dtype)));
        options.addAll(List.of("--batch", "" + batch));
        options.addAll(List.of("--caption", "" + caption));
        options.addAll(List.of("--steps", "" + steps));
        options.addAll(List.of("--threads", "" + threads));
        options.addAll(List.of("--device", lower(device)));
        return options;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
