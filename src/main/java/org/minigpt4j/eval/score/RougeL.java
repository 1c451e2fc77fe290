package org.minigpt4j.eval.score;

import java.util.Arrays;
import java.util.List;

/**
 * ROUGE-L as pycocoevalcap computes it, from the longest common subsequence. It combines the best
 * precision and the best recall over all references, which may come from different ones. Words are
 * separated by single blanks, so an empty caption is one empty word and equals another empty
 * caption.
 */
final class RougeL {

    private static final double BETA = 1.2;

    private RougeL() {}

    /** Computes {@code ROUGE_L}; the score of all captions is the mean. */
    static CaptionScore of(List<CaptionPair> pairs) {
        double[] each = pairs.stream().mapToDouble(RougeL::of).toArray();
        return new CaptionScore("ROUGE_L", Arrays.stream(each).average(), each);
    }

    private static double of(CaptionPair pair) {
        String[] candidate = pair.candidate().split(" ", -1);
        double precision = 0;
        double recall = 0;
        for (String text : pair.references()) {
            String[] reference = text.split(" ", -1);
            double common = common(reference, candidate);
            precision = Math.max(precision, common / candidate.length);
            recall = Math.max(recall, common / reference.length);
        }
        if (precision == 0 || recall == 0) {
            return 0;
        }
        double square = BETA * BETA;
        return (1 + square) * precision * recall / (recall + square * precision);
    }

    private static int common(String[] a, String[] b) {
        int[] above = new int[b.length + 1];
        int[] row = new int[b.length + 1];
        for (String word : a) {
            for (int j = 1; j <= b.length; j++) {
                row[j] = word.equals(b[j - 1]) ? above[j - 1] + 1 : Math.max(above[j], row[j - 1]);
            }
            int[] swap = above;
            above = row;
            row = swap;
        }
        return above[b.length];
    }
}
