package org.minigpt4j.cli;

import org.minigpt4j.cli.option.ConfigOptions;
import org.minigpt4j.cli.option.PresetName;
import org.minigpt4j.cli.screen.ByteCount;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.doctor.Doctor;
import org.minigpt4j.doctor.Elsewhere;
import org.minigpt4j.doctor.Forecast;
import org.minigpt4j.model.Preset;
import org.minigpt4j.train.run.Gpu;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * {@code launch/doctor}: checks whether a run would start, and forecasts its time, memory and disk.
 */
@Command(
        name = "doctor",
        description = {
            "Checks everything that a training run needs, and forecasts its time,"
                    + " memory and disk.",
            "",
            "It measures a few steps and discards them. It writes only the index of"
                    + " the data and, in a remote run.checkpoint.dir, a small file that it"
                    + " removes again. With --gpu it measures nothing; you do not need that"
                    + " machine, the weights or the data."
        },
        footer = {
            "",
            "Example:",
            "  launch/doctor --cfg-path train_configs/minigpt4_stage1_pretrain.yaml \\",
            "      --gpu a100 --devices 4"
        })
final class DoctorCommand implements Callable<Integer> {

    /** Typical size of a prepared picture with its caption, in bytes. */
    private static final long PAIR = 20_000;

    @Mixin private ConfigOptions config;

    @Option(
            names = "--gpu",
            paramLabel = "GPU",
            description = "Forecast for this GPU: ${COMPLETION-CANDIDATES}.")
    private Gpu gpu;

    @Option(
            names = "--devices",
            paramLabel = "N",
            description = "How many of these GPUs. Default: 1.")
    private Integer devices;

    @Option(
            names = "--preset",
            paramLabel = "PRESET",
            converter = PresetName.class,
            defaultValue = "13b",
            description =
                    "The size of the language model to forecast for if"
                            + " model.llama_model is not on this machine: 7b or 13b. Default:"
                            + " 13b.")
    private Preset preset;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (devices != null && (gpu == null || devices < 1)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--devices is the number of GPUs for --gpu, at least 1; for this"
                            + " machine set run.devices in the file");
        }
        PrintWriter out = spec.commandLine().getOut();
        TrainConfig.Planned planned =
                gpu == null
                        ? new TrainConfig.Planned(
                                TrainConfig.load(config.file(), config.overrides()), List.of())
                        : TrainConfig.plan(config.file(), config.overrides());
        TrainConfig file = planned.config();
        line(out, "ok", "configuration", "no mistakes in " + config.file());
        file.notices().forEach(notice -> line(out, "note", "moved", notice));
        planned.absent().forEach(what -> line(out, "LACKS", "a file", what));
        Doctor doctor =
                new Doctor(
                        file,
                        found ->
                                line(
                                        out,
                                        found.well() ? "ok" : "FAULT",
                                        found.what(),
                                        found.found()));
        Optional<Elsewhere> there =
                Optional.ofNullable(gpu).map(g -> new Elsewhere(g, devices == null ? 1 : devices));
        Optional<Forecast> forecast =
                planned.absent().isEmpty()
                        ? doctor.examine(there)
                        : doctor.forecast(there.orElseThrow(), preset);
        forecast.ifPresent(what -> print(out, what));
        out.println(verdict(doctor, planned.absent().size()));
        out.flush();
        return doctor.isHealthy() ? 0 : 2;
    }

    private static String verdict(Doctor doctor, int absent) {
        if (!doctor.isHealthy()) {
            return "A run would not begin.";
        }
        if (absent > 0) {
            return ("This is a forecast, not a measurement. %d files or folders that a"
                            + " run needs are missing.")
                    .formatted(absent);
        }
        return doctor.hasEnded()
                ? "The run in this output folder has ended; nothing is left to train."
                : "A run would begin.";
    }

    private static void line(PrintWriter out, String mark, String what, String found) {
        out.printf("%-7s%-20s %s%n", mark, what, found);
        out.flush();
    }

    private static void print(PrintWriter out, Forecast f) {
        out.println("Forecast, " + f.basis() + ":");
        row(
                out,
                "a step",
                "%d samples in %d micro-batches, %.0f tokens a sample, %.1f GFLOP a sample",
                f.work().samples(),
                f.microBatches(),
                (double) f.work().tokens() / f.work().samples(),
                f.work().flops() / f.work().samples() / 1e9);
        row(
                out,
                "time",
                "%.3f s a step, %.1f samples/s, %s for %,d steps",
                f.stepSeconds(),
                f.samplesPerSecond(),
                duration(f.seconds()),
                f.steps());
        row(
                out,
                "memory of a device",
                "%s: weights %s, activations %s a replica",
                ByteCount.text(f.deviceMemory()),
                ByteCount.text(f.memory().weights()),
                ByteCount.text(f.memory().activations()));
        row(out, "Java heap", "%s for what learns", ByteCount.text(f.heapBytes()));
        row(
                out,
                "checkpoints",
                "%s each, at most %d at a time",
                ByteCount.text(f.checkpointBytes()),
                f.checkpointCount());
        row(
                out,
                "data",
                "%,d samples drawn, %s at 20 kB each if none is drawn twice",
                f.samples(),
                ByteCount.text(f.samples() * PAIR));
        row(
                out,
                "disk",
                "%s of weights at 16 bits, %s of checkpoints, and the data",
                ByteCount.text(f.weightBytes()),
                ByteCount.text(f.checkpointBytes() * f.checkpointCount()));
    }

    private static void row(PrintWriter out, String what, String format, Object... values) {
        out.printf("       %-20s %s%n", what, String.format(Locale.ROOT, format, values));
    }

    private static String duration(double seconds) {
        Duration d = Duration.ofSeconds(Math.round(seconds));
        return String.format(
                Locale.ROOT, "%d:%02d:%02d", d.toHours(), d.toMinutesPart(), d.toSecondsPart());
    }
}
