package org.minigpt4j.cli.track;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.track.CurveBand;
import org.minigpt4j.track.CurveBand.Curve;
import org.minigpt4j.track.CurveBand.Departure;
import org.minigpt4j.track.CurveBand.Limit;
import org.minigpt4j.track.CurveBand.Verdict;

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
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code launch/track verify-curve}. */
@Command(
        name = "verify-curve",
        description = {
            "Compares a run's curve with a band, and says where it leaves it.",
            "",
            "A run that is not finished is compared as far as it has got. Exit code 1 means"
                    + " outside."
        },
        footer = {
            "",
            "Examples:",
            "  launch/track verify-curve output/quickstart/stage1 --band stage1",
            "  launch/track verify-curve output/my_run --band my_band.json"
        })
final class TrackVerifyCurve implements Callable<Integer> {

    @Mixin private CurveSource source;

    @Parameters(paramLabel = "RUN", description = "The run: of a store, or an output folder.")
    private String reference;

    @Option(
            names = "--band",
            required = true,
            paramLabel = "BAND",
            description =
                    "A file of launch/track make-band, or one that comes with the program: stage1"
                            + " and stage2 for the quickstart.")
    private String name;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        CurveBand band = band();
        Curve run = source.curves(List.of(reference), band.metric()).get(0);
        Verdict verdict = band.compare(run);
        PrintWriter console = spec.commandLine().getOut();
        verdict.differences().forEach(one -> console.println("note: " + ForeignText.line(one)));
        console.println(ForeignText.line(sentence(band, run, verdict)));
        console.flush();
        return verdict.isInside() ? 0 : 1;
    }

    private CurveBand band() {
        Path file = Path.of(name);
        if (Files.exists(file)) {
            return CurveBand.read(file);
        }
        return CurveBand.builtIn(name)
                .orElseThrow(
                        () ->
                                new UsageException(
                                        ("--band: there is no file %s, and no band of this name"
                                                        + " comes with the program; launch/track"
                                                        + " make-band makes one")
                                                .formatted(name)));
    }

    private static String sentence(CurveBand band, Curve run, Verdict verdict) {
        List<Limit> compared = verdict.compared();
        String reach =
                String.format(
                        Locale.ROOT,
                        "%d of %d limits, up to step %d",
                        compared.size(),
                        band.limits().size(),
                        compared.get(compared.size() - 1).step());
        if (verdict.isInside()) {
            return "%s of %s lies inside the band: %s".formatted(band.metric(), run.name(), reach);
        }
        Departure first = verdict.departures().get(0);
        Departure worst = verdict.worst();
        return String.format(
                Locale.ROOT,
                "%s of %s leaves the band at step %d: %s (mean over %d steps). It is outside at %d"
                        + " of the %d limits compared, furthest at step %d: %s.",
                band.metric(),
                run.name(),
                first.limit().step(),
                where(first),
                band.window(),
                verdict.departures().size(),
                compared.size(),
                worst.limit().step(),
                where(worst));
    }

    private static String where(Departure departure) {
        double value = departure.value();
        Limit limit = departure.limit();
        if (Double.isNaN(value)) {
            return "no number is recorded there";
        }
        boolean above = value > limit.high();
        return String.format(
                Locale.ROOT,
                "%.4f is %.4f %s %.4f",
                value,
                departure.distance(),
                above ? "above" : "below",
                above ? limit.high() : limit.low());
    }
}
