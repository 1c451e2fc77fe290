package org.minigpt4j.eval.score;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Computes the caption scores that need no external program, as pycocoevalcap does. */
public final class CaptionScores {

    private CaptionScores() {}

    /** Computes {@code Bleu_1} to {@code Bleu_4}, {@code ROUGE_L} and {@code CIDEr}. */
    public static List<CaptionScore> of(List<CaptionPair> pairs) {
        CompletableFuture<CaptionScore> rouge =
                CompletableFuture.supplyAsync(() -> RougeL.of(pairs));
        PairNgrams ngrams = PairNgrams.of(pairs);
        CompletableFuture<List<CaptionScore>> bleu =
                CompletableFuture.supplyAsync(() -> Bleu.of(ngrams));
        CaptionScore cider = CiderD.of(ngrams);
        List<CaptionScore> scores = new ArrayList<>(bleu.join());
        scores.add(rouge.join());
        scores.add(cider);
        return scores;
    }
}
