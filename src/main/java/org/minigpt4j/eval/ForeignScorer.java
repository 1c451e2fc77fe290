package org.minigpt4j.eval;

import org.minigpt4j.eval.score.CaptionPair;
import org.minigpt4j.eval.score.CaptionScore;

import java.util.List;

/** A metric that a program of somebody else computes, in its own process. */
public interface ForeignScorer {

    /** The metrics of pycocoevalcap that are not computed here. */
    List<String> NAMES = List.of("METEOR", "SPICE");

    /** Which metric. */
    String name();

    /**
     * ScoreSheet all captions.
     *
     * @throws org.minigpt4j.FailedException if the program fails or says something else
     */
    CaptionScore score(List<CaptionPair> pairs);

    /** The line for a metric that nobody computes. */
    static String missing(String name) {
        return "%s not computed: no jar (--%s-jar names one)"
                .formatted(name, name.toLowerCase(java.util.Locale.ROOT));
    }
}
