package org.minigpt4j.eval.score;

import java.util.List;

/**
 * A caption and what it is compared with, as words with single blanks between ({@link
 * org.minigpt4j.eval.ptb.PtbTokenizer#words}).
 */
public record CaptionPair(String candidate, List<String> references) {

    /** A pair with at least one reference. */
    public CaptionPair {
        references = List.copyOf(references);
        if (references.isEmpty()) {
            throw new IllegalArgumentException("no reference for: " + candidate);
        }
    }
}
