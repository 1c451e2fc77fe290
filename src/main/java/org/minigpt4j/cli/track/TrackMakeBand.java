package org.minigpt4j.cli.track;

import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.track.CurveBand;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code launch/track make-band}: computes a band from several runs. */
@Command(
        name = "make-band",
        description = {
            "Makes a band from the curves of several runs that differ only in their seeds.",
            "",
            "launch/track verify-curve compares other runs with it. The limits are"
                    + " several standard deviations from the mean of the runs, at least a"
                    + " hundredth of it, and wide enough for every run given."
        },
        footer = {
            "",
            "Example:",
            "  launch/track make-band output/seed1 output/seed2 output/seed3 --out stage2.json"
        })
final class TrackMakeBand implements Callable<Integer> {

    @Mixin private CurveSource source;

    @Parameters(
            arity = "2..*",
            paramLabel = "RUN",
            description = "The runs: recorded ones, or output folders.")
    private List<String> references;

    @Option(
            names = "--metric",
            paramLabel = "METRIC",
            description = "The metric. Default: ${DEFAULT-VALUE}.")
    private String metric = "loss";

    @Option(
            names = "--window",
            paramLabel = "STEPS",
            description =
                    "Steps to average before comparing. Default: a twentieth of the shortest run.")
    private int window;

    @Option(
            names = "--spread",
            paramLabel = "N",
            description =
                    "Standard deviations from the mean to each limit. Default: ${DEFAULT-VALUE}.")
    private double spread = 5;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "The file for the band, as JSON.")
    private Path out;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        CurveBand band = CurveBand.of(metric, window, spread, source.curves(references, metric));
        AtomicFile.writeString(out, band.json());
        PrintWriter console = spec.commandLine().getOut();
        console.println(
                "%s: %s of %d runs at %d steps, each the mean over %d"
                        .formatted(
                                out,
                                metric,
                                band.runs().size(),
                                band.limits().size(),
                                band.window()));
        console.flush();
        return 0;
    }
}
