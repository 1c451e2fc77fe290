package org.minigpt4j.eval.score;

import java.util.List;

/**
 * A caption and its references, as words separated by single blanks ({@link
 * org.minigpt4j.eval.ptb.PtbTokenizer#words}).
 */
public record CaptionPair(String candidate, List<String> references) {

    /** Requires at least one reference. */
    public CaptionPair {
        references = List.copyOf(references);
        if (references.isEmpty()) {
            throw new IllegalArgumentException("no reference for: " + candidate);
        }
    }
}
