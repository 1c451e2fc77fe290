package org.minigpt4j.config;

import org.minigpt4j.config.bind.Checked;
import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;
import org.minigpt4j.config.bind.SectionProblems;

import java.util.List;
import java.util.Optional;

/** Which pairs are tried ({@code filter}); each skipped pair records its reason. */
public record FilterConfig(
        @Key(doc = "Minimum words of a caption.", byDefault = "1") @Range(min = 0) int minWords,
        @Key(doc = "Maximum words of a caption. Without it: no limit.") @Range(min = 1)
                Optional<Integer> maxWords,
        @Key(doc = "Minimum characters of a caption.", byDefault = "1") @Range(min = 0)
                int minCharacters,
        @Key(doc = "Maximum characters of a caption. Without it: no limit.") @Range(min = 1)
                Optional<Integer> maxCharacters,
        @Key(
                        doc =
                                "Unicode's name of the script that captions are in, such as `LATIN`"
                                        + " or `HAN`. Without it: any script.")
                Optional<String> script,
        @Key(doc = "Share of a caption's letters that must be of that script.", byDefault = "0.5")
                @Range(min = 0, max = 1)
                double minScriptShare,
        @Key(doc = "Share of a caption's characters that must be letters.", byDefault = "0.0")
                @Range(min = 0, max = 1)
                double minLetterShare,
        @Key(
                        doc =
                                "Minimum similarity of picture and caption, if the list gives it. Without it: no limit.")
                Optional<Double> minSimilarity,
        @Key(doc = "Maximum probability of a watermark (`pwatermark`). Without it: no limit.")
                @Range(min = 0, max = 1)
                Optional<Double> maxWatermark,
        @Key(doc = "Maximum probability of being unsafe (`punsafe`). Without it: no limit.")
                @Range(min = 0, max = 1)
                Optional<Double> maxUnsafe,
        @Key(
                        doc =
                                "Values of the column `NSFW` to keep, such as `[UNLIKELY]`; none:"
                                        + " all.",
                        byDefault = "[]")
                List<String> keepNsfw)
        implements Checked {

    @Override
    public void check(SectionProblems problems) {
        noMoreThan("words", minWords, maxWords, problems);
        noMoreThan("characters", minCharacters, maxCharacters, problems);
        if (script.isPresent() && !script.get().isEmpty() && !isScript(script.get())) {
            problems.reject(
                    "script",
                    "is the text \"%s\"; give Unicode's name of a script, such as LATIN or HAN"
                            .formatted(script.get()));
        }
    }

    private static void noMoreThan(
            String unit, int min, Optional<Integer> max, SectionProblems problems) {
        if (max.isPresent() && min > max.get()) {
            problems.reject(
                    "min_" + unit,
                    "is %d; give no more than filter.max_%s, %d".formatted(min, unit, max.get()),
                    "max_" + unit);
        }
    }

    private static boolean isScript(String name) {
        try {
            Character.UnicodeScript.forName(name);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
