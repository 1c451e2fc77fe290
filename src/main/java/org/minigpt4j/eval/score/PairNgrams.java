package org.minigpt4j.eval.score;

import java.util.ArrayList;
import java.util.List;

/**
 * The n-grams of all captions and their references.
 *
 * @param limit one more than the largest n-gram number
 */
record PairNgrams(List<Ngrams> candidates, List<List<Ngrams>> references, int limit) {

    static PairNgrams of(List<CaptionPair> pairs) {
        NgramIds numbers = new NgramIds();
        List<Ngrams> candidates = new ArrayList<>();
        List<List<Ngrams>> references = new ArrayList<>();
        for (CaptionPair pair : pairs) {
            candidates.add(Ngrams.of(pair.candidate(), numbers));
            references.add(
                    pair.references().stream().map(text -> Ngrams.of(text, numbers)).toList());
        }
        return new PairNgrams(candidates, references, numbers.limit());
    }
}
