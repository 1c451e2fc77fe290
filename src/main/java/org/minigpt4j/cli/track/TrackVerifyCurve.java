package org.minigpt4j.cli.track;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.track.CurveBand;
import org.minigpt4j.track.CurveBand.Curve;
import org.minigpt4j.track.CurveBand.Verdict;
import org.minigpt4j.track.CurveSentence;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code launch/track verify-curve}: compares a run's curve with a band. */
@Command(
        name = "verify-curve",
        description = {
            "Compares a run's curve with a band, and says where it leaves the band. Bands of the"
                    + " quickstart come with the program.",
            "",
            "A run that is still training is compared up to its latest step. Exit"
                    + " code 1 means outside."
        },
        footer = {
            "",
            "Examples:",
            "  launch/track verify-curve output/quickstart/stage1",
            "  launch/track verify-curve output/my_run --band my_band.json"
        })
final class TrackVerifyCurve implements Callable<Integer> {

    @Mixin private CurveSource source;

    @Parameters(paramLabel = "RUN", description = "The run: a recorded one, or an output folder.")
    private String reference;

    @Option(
            names = "--band",
            paramLabel = "BAND",
            description =
                    "A file made by launch/track make-band, or one that comes with the program:"
                            + " stage1 or stage2. Default: the one of these that the run is named for.")
    private String name;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        CurveBand band = name == null ? namedLikeTheRun() : named();
        Curve run = source.curves(List.of(reference), band.metric()).get(0);
        Verdict verdict = band.compare(run);
        PrintWriter console = spec.commandLine().getOut();
        verdict.differences().forEach(one -> console.println("note: " + ForeignText.line(one)));
        console.println(ForeignText.line(CurveSentence.of(band, run, verdict)));
        console.flush();
        return verdict.isInside() ? 0 : 1;
    }

    private CurveBand namedLikeTheRun() {
        String run = source.name(reference);
        return CurveBand.builtIn(run.split(" ", 2)[0]) // in a store, the name is followed by a time
                .orElseThrow(
                        () ->
                                new UsageException(
                                        ("no band for a run named %s comes with the program; name"
                                                        + " one with --band, or make one with"
                                                        + " launch/track make-band")
                                                .formatted(ForeignText.line(run))));
    }

    private CurveBand named() {
        Path file = Path.of(name);
        if (Files.exists(file)) {
            return CurveBand.read(file);
        }
        return CurveBand.builtIn(name)
                .orElseThrow(
                        () ->
                                new UsageException(
                                        ("--band: there is no file %s, and no band of this name"
                                                        + " comes with the program; create one with launch/track"
                                                        + " make-band")
                                                .formatted(name)));
    }
}
