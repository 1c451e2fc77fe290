package org.minigpt4j.eval;

import org.minigpt4j.eval.score.CaptionPair;
import org.minigpt4j.eval.score.CaptionScore;

import java.util.List;

/** A metric computed by a third-party program in a separate process. */
public interface ForeignScorer {

    /** The metrics of pycocoevalcap that are not computed here. */
    List<String> NAMES = List.of("METEOR", "SPICE");

    /** The name of the metric. */
    String name();

    /**
     * Scores all captions.
     *
     * @throws org.minigpt4j.FailedException if the program fails or its output is not as expected
     */
    CaptionScore score(List<CaptionPair> pairs);

    /** The note for a metric whose program was not given. */
    static String missing(String name) {
        return "%s not computed: no jar (--%s-jar names one)"
                .formatted(name, name.toLowerCase(java.util.Locale.ROOT));
    }
}
