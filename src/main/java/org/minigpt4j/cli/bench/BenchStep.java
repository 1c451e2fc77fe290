package org.minigpt4j.cli.bench;

import ai.djl.Device;

import org.minigpt4j.bench.StepBench;
import org.minigpt4j.model.Devices;
import org.minigpt4j.model.kernel.Threads;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.concurrent.Callable;

/** {@code launch/bench step}: times whole training steps on random weights. */
@Command(
        name = "step",
        description = {
            "Times whole stage-1 training steps on random weights and prints one line of JSON.",
            "",
            "Nothing is read from disk. FLOPs count useful work: 2 per multiply-add, 2N per token"
                    + " for the frozen encoders, 4N for the frozen language model."
        })
final class BenchStep implements Callable<Integer> {

    @Mixin private StepOptions options;

    @Option(
            names = "--int8",
            description = "Keep the language model's linear layers in 8 bits (low_resource).")
    private boolean int8;

    @Option(
            names = "--grad-checkpoint",
            description = "Recompute the language model's layers in the backward pass.")
    private boolean recompute;

    @Option(
            names = "--profile",
            description =
                    "Also print where the time goes, by part of the model and kind of operation,"
                            + " from as many more steps under PyTorch's profiler.")
    private boolean profile;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        Device device = Devices.of(options.device, "--device");
        options.dtype.requireOn(device);
        if (options.threads > 0) {
            Threads.set(options.threads);
        }
        StepBench bench =
                new StepBench(
                        options.preset,
                        options.dtype,
                        int8,
                        recompute,
                        device,
                        options.batch,
                        options.caption,
                        options.steps);
        PrintWriter out = spec.commandLine().getOut();
        out.println(bench.run(profile, out::println));
        return 0;
    }
}
