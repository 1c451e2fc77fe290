package org.minigpt4j.track;

import org.minigpt4j.track.CurveBand.Curve;
import org.minigpt4j.track.CurveBand.Departure;
import org.minigpt4j.track.CurveBand.Limit;
import org.minigpt4j.track.CurveBand.Verdict;

import java.util.List;
import java.util.Locale;

/** Describes in one sentence whether a run stays inside a band and where it leaves it. */
public final class CurveSentence {

    private CurveSentence() {}

    /** Builds the sentence. */
    public static String of(CurveBand band, Curve run, Verdict verdict) {
        List<Limit> compared = verdict.compared();
        String reach =
                String.format(
                        Locale.ROOT,
                        "%d of %d limits, up to step %d",
                        compared.size(),
                        band.limits().size(),
                        compared.get(compared.size() - 1).step());
        if (verdict.isInside()) {
            return "%s of %s is inside the band: %s".formatted(band.metric(), run.name(), reach);
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
