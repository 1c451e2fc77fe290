package org.minigpt4j.config;

import org.minigpt4j.config.bind.Checked;
import org.minigpt4j.config.bind.Exists;
import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;
import org.minigpt4j.config.bind.SectionProblems;

import java.util.List;
import java.util.Optional;

/** The curated pairs of stage 2 ({@code align}). */
public record AlignConfig(
        @Key(
                        doc =
                                "`check` examines every pair in the folder; `build` creates the"
                                        + " folder from the source.",
                        byDefault = "check")
                AlignMode mode,
        @Key(
                        path = true,
                        doc =
                                "The folder with `filter_cap.json` and `image/ID.jpg`. `build`"
                                        + " creates it; it must be empty or missing.")
                String folder,
        @Key(
                        doc =
                                "How many pairs the folder should hold; a check fails"
                                        + " with fewer. The published set has 3439.")
                @Range(min = 1)
                Optional<Integer> expectedPairs,
        @Key(
                        path = true,
                        doc =
                                "A file for all findings of a check, one JSON line"
                                        + " each; the terminal shows the first few of each"
                                        + " kind.")
                Optional<String> findings,
        @Key(doc = "How many pairs to choose for a build.", byDefault = "3500") @Range(min = 1)
                int pairs,
        @Key(doc = "The same seed chooses the same pairs.", byDefault = "42") long seed,
        @Key(doc = "Where `build` gets its pairs.") Optional<Source> source,
        @Key(doc = "Requirements for captions in a build.") Captions captions)
        implements Checked {

    @Override
    public void check(SectionProblems problems) {
        if (mode == AlignMode.BUILD && source.isEmpty()) {
            problems.reject(
                    "source",
                    """
                    is missing; mode build needs it, with format and storage of the pairs to\
                     choose from\
                    """,
                    "mode");
        }
    }

    /** Pictures with captions ({@code align.source}). */
    public record Source(
            @Key(doc = "The layout of the source.") AlignSourceFormat format,
            @Key(doc = "The source: shards as in training, one folder, or one file.")
                    @Exists(
                            value = Exists.Kind.STORAGE,
                            howToGet = "name the pairs to choose from, e.g. the shards of stage 1")
                    List<String> storage,
            @Key(
                            doc =
                                    "The CSV column with the picture's file name,"
                                            + " relative to the CSV's folder.",
                            byDefault = "image")
                    String imageColumn,
            @Key(doc = "The CSV column with the caption.", byDefault = "caption")
                    String captionColumn) {}

    /** Requirements for descriptions ({@code align.captions}). */
    public record Captions(
            @Key(
                            doc =
                                    "Captions with fewer words are refused. The paper asks for 80"
                                            + " tokens, which is about 60 English words.",
                            byDefault = "60")
                    @Range(min = 1)
                    int minWords,
            @Key(doc = "Captions with more words are refused.", byDefault = "400") @Range(min = 1)
                    int maxWords,
            @Key(doc = "Maximum share of letters outside the Latin script.", byDefault = "0.1")
                    @Range(min = 0, max = 1)
                    double maxForeign,
            @Key(doc = "Remove an incomplete last sentence.", byDefault = "true")
                    boolean cutUnfinished)
            implements Checked {

        @Override
        public void check(SectionProblems problems) {
            if (minWords > maxWords) {
                problems.reject(
                        "min_words",
                        "is %d; give no more than max_words, %d".formatted(minWords, maxWords),
                        "max_words");
            }
        }
    }
}
