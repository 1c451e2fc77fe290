package org.minigpt4j.eval.score;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * BLEU-1 to BLEU-4 as pycocoevalcap computes them. The length comes from the reference closest in
 * length, the shorter one on a tie. Small constants replace zeros, so a caption without a match
 * scores about 1e-16 instead of 0.
 */
final class Bleu {

    private static final double TINY = 1e-15;
    private static final double SMALL = 1e-9;

    private Bleu() {}

    /** Matches and possible matches of captions, indexed by n-gram length minus one. */
    private static final class Tally {
        private final long[] correct = new long[Ngrams.LONGEST];
        private final long[] guessed = new long[Ngrams.LONGEST];
        private long length;
        private long referenceLength;

        void add(Tally other) {
            for (int n = 0; n < Ngrams.LONGEST; n++) {
                correct[n] += other.correct[n];
                guessed[n] += other.guessed[n];
            }
            length += other.length;
            referenceLength += other.referenceLength;
        }

        double[] bleu() {
            double[] bleu = new double[Ngrams.LONGEST];
            double product = 1;
            double ratio = (length + TINY) / (referenceLength + SMALL);
            double brevity = ratio < 1 ? Math.exp(1 - 1 / ratio) : 1;
            for (int n = 0; n < Ngrams.LONGEST; n++) {
                product *= (correct[n] + TINY) / (guessed[n] + SMALL);
                bleu[n] = Math.pow(product, 1.0 / (n + 1)) * brevity;
            }
            return bleu;
        }
    }

    /** Computes {@code Bleu_1} to {@code Bleu_4}. */
    static List<CaptionScore> of(PairNgrams pairs) {
        double[][] each = new double[Ngrams.LONGEST][pairs.candidates().size()];
        Tally all = new Tally();
        for (int i = 0; i < pairs.candidates().size(); i++) {
            Tally tally = tally(pairs.candidates().get(i), pairs.references().get(i));
            all.add(tally);
            double[] bleu = tally.bleu();
            for (int n = 0; n < Ngrams.LONGEST; n++) {
                each[n][i] = bleu[n];
            }
        }
        double[] corpus = all.bleu();
        List<CaptionScore> scores = new ArrayList<>();
        for (int n = 0; n < Ngrams.LONGEST; n++) {
            scores.add(new CaptionScore("Bleu_" + (n + 1), OptionalDouble.of(corpus[n]), each[n]));
        }
        return scores;
    }

    private static Tally tally(Ngrams candidate, List<Ngrams> references) {
        Tally tally = new Tally();
        tally.length = candidate.length();
        tally.referenceLength = nearest(candidate.length(), references);
        for (int n = 0; n < Ngrams.LONGEST; n++) {
            tally.guessed[n] = Math.max(0, candidate.length() - n);
            for (int i = 0; i < candidate.ids()[n].length; i++) {
                int most = most(candidate.ids()[n][i], n, references);
                tally.correct[n] += Math.min(most, candidate.counts()[n][i]);
            }
        }
        return tally;
    }

    private static int nearest(int length, List<Ngrams> references) {
        int nearest = references.get(0).length();
        for (Ngrams reference : references) {
            int other = reference.length();
            int nearer = Math.abs(other - length) - Math.abs(nearest - length);
            if (nearer < 0 || nearer == 0 && other < nearest) {
                nearest = other;
            }
        }
        return nearest;
    }

    /** The highest count of an n-gram in any one reference. */
    private static int most(int id, int n, List<Ngrams> references) {
        int most = 0;
        for (Ngrams reference : references) {
            for (int i = 0; i < reference.ids()[n].length; i++) {
                if (reference.ids()[n][i] == id) {
                    most = Math.max(most, reference.counts()[n][i]);
                }
            }
        }
        return most;
    }
}
