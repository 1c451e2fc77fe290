package org.minigpt4j.cli.bench;

import ai.djl.Device;

import org.minigpt4j.bench.GenerateBench;
import org.minigpt4j.cli.option.PresetName;
import org.minigpt4j.config.DeviceKind;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.Devices;
import org.minigpt4j.model.Preset;
import org.minigpt4j.model.kernel.Threads;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** {@code launch/bench generate}: measures tokens per second on random weights. */
@Command(
        name = "generate",
        description = {
            "Times the language model token by token on random weights and prints one line of"
                    + " JSON.",
            "",
            "The prompt is read once; each further token uses the cache of keys and"
                    + " values. without_cache_ms is the time of the last token if everything is"
                    + " computed again. Nothing is read from disk."
        })
final class BenchGenerate implements Callable<Integer> {

    @Option(
            names = "--preset",
            converter = PresetName.class,
            paramLabel = "PRESET",
            description = "Sizes: nano, mid, 7b or 13b. Default: ${DEFAULT-VALUE}.")
    private Preset preset = Preset.MID;

    @Option(
            names = "--dtype",
            paramLabel = "DTYPE",
            description = "fp32, bf16 or fp16. Default: ${DEFAULT-VALUE}.")
    private ComputePrecision dtype = ComputePrecision.FP32;

    @Option(
            names = "--int8",
            description = "Keep the language model's linear layers in 8 bits (low_resource).")
    private boolean int8;

    @Option(
            names = "--prompt",
            paramLabel = "N",
            description = "Length of the prompt in tokens. Default: ${DEFAULT-VALUE}.")
    private int prompt = 64;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "Tokens to generate. Default: ${DEFAULT-VALUE}.")
    private int tokens = 128;

    @Option(
            names = "--beams",
            paramLabel = "N",
            description = "Sequences in parallel (beams). Default: ${DEFAULT-VALUE}.")
    private int beams = 1;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "CPU threads; 0 means all cores. Default: ${DEFAULT-VALUE}.")
    private int threads = 0;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "cpu, cuda or auto. Default: ${DEFAULT-VALUE}.")
    private DeviceKind device = DeviceKind.CPU;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        Device where = Devices.of(device, "--device");
        dtype.requireOn(where);
        if (threads > 0) {
            Threads.set(threads);
        }
        GenerateBench bench = new GenerateBench(preset, dtype, int8, where, prompt, tokens, beams);
        spec.commandLine().getOut().println(bench.run());
        return 0;
    }
}
