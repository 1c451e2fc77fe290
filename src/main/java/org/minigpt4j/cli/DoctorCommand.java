package org.minigpt4j.cli;

import org.minigpt4j.cli.option.ConfigOptions;
import org.minigpt4j.cli.screen.ByteCount;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.doctor.Doctor;
import org.minigpt4j.doctor.Elsewhere;
import org.minigpt4j.doctor.Forecast;
import org.minigpt4j.train.run.Gpu;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code launch/doctor}: whether a run would begin, and what it would take. */
@Command(
        name = "doctor",
        description = {
            "Looks at everything that a training file needs and says what it would take.",
            "",
            "A few steps are measured and thrown away; nothing is written but the index of the"
                    + " data, and into a far run.checkpoint.dir a small file that is removed again."
                    + " With --gpu nothing is measured, and the machine need not be here."
        },
        footer = {
            "",
            "Example:",
            "  launch/doctor --cfg-path train_configs/minigpt4_stage1_pretrain.yaml \\",
            "      --gpu a100 --devices 4"
        })
final class DoctorCommand implements Callable<Integer> {

    @Mixin private ConfigOptions config;

    @Option(
            names = "--gpu",
            paramLabel = "GPU",
            description = "Forecast for this GPU: ${COMPLETION-CANDIDATES}.")
    private Gpu gpu;

    @Option(names = "--devices", paramLabel = "N", description = "How many of them. Default: 1.")
    private Integer devices;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (devices != null && (gpu == null || devices < 1)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--devices counts the GPUs that --gpu names, from 1 on; what is here is counted"
                            + " by run.devices of the file");
        }
        PrintWriter out = spec.commandLine().getOut();
        TrainConfig file = TrainConfig.load(config.file(), config.overrides());
        line(out, true, "configuration", "no mistakes in " + config.file());
        file.notices().forEach(notice -> line(out, true, "moved", notice));
        Doctor doctor =
                new Doctor(file, found -> line(out, found.well(), found.what(), found.found()));
        Optional<Forecast> forecast =
                doctor.examine(
                        Optional.ofNullable(gpu)
                                .map(g -> new Elsewhere(g, devices == null ? 1 : devices)));
        forecast.ifPresent(what -> print(out, what));
        out.println(doctor.isHealthy() ? "A run would begin." : "A run would not begin.");
        out.flush();
        return doctor.isHealthy() ? 0 : 2;
    }

    private static void line(PrintWriter out, boolean well, String what, String found) {
        out.printf("%-7s%-20s %s%n", well ? "ok" : "FAULT", what, found);
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
        row(
                out,
                "checkpoints",
                "%s each, at most %d at a time",
                ByteCount.text(f.checkpointBytes()),
                f.checkpointCount());
        row(out, "data", "%,d samples drawn", f.samples());
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
