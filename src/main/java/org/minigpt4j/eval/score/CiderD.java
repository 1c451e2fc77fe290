package org.minigpt4j.eval.score;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * CIDEr-D as pycocoevalcap computes it. The document frequencies come from the references that are
 * scored, so a subset has a different scale and a single image scores 0.
 */
final class CiderD {

    private static final String NAME = "CIDEr";
    private static final double SIGMA = 6;
    private static final double SCALE = 10;

    private final double[] rarity; // of each n-gram
    private final double[] weights; // of the current reference, by n-gram

    private CiderD(int images, int[] frequency) {
        double logImages = Math.log(images);
        this.rarity =
                Arrays.stream(frequency)
                        .mapToDouble(with -> logImages - Math.log(Math.max(1, with)))
                        .toArray();
        this.weights = new double[frequency.length];
    }

    /**
     * Computes {@code CIDEr}: the mean over all captions, or no value if no reference has a word.
     */
    static CaptionScore of(PairNgrams pairs) {
        int[] frequency = frequency(pairs.references(), pairs.limit());
        if (Arrays.stream(frequency).allMatch(f -> f == 0)) {
            return new CaptionScore(NAME, OptionalDouble.empty(), new double[0]);
        }
        double[] each = new double[pairs.candidates().size()];
        CiderD cider = new CiderD(each.length, frequency);
        for (int i = 0; i < each.length; i++) {
            each[i] = cider.of(pairs.candidates().get(i), pairs.references().get(i));
        }
        return new CaptionScore(NAME, Arrays.stream(each).average(), each);
    }

    /** For each n-gram, the number of images whose references contain it. */
    private static int[] frequency(List<List<Ngrams>> references, int limit) {
        int[] frequency = new int[limit];
        int[] last = new int[limit];
        int image = 0;
        for (List<Ngrams> ofImage : references) {
            image++;
            for (Ngrams reference : ofImage) {
                for (int[] ids : reference.ids()) {
                    for (int id : ids) {
                        frequency[id] += last[id] == image ? 0 : 1;
                        last[id] = image;
                    }
                }
            }
        }
        return frequency;
    }

    private double of(Ngrams candidate, List<Ngrams> references) {
        double[] sums = new double[Ngrams.LONGEST];
        double[] norms = new double[Ngrams.LONGEST];
        Arrays.setAll(norms, n -> norm(candidate, n));
        for (Ngrams reference : references) {
            double difference = bigrams(candidate) - bigrams(reference);
            double penalty = Math.exp(-difference * difference / (2 * SIGMA * SIGMA));
            for (int n = 0; n < Ngrams.LONGEST; n++) {
                sums[n] += similarity(candidate, norms[n], reference, n) * penalty;
            }
        }
        return Arrays.stream(sums).average().orElseThrow() / references.size() * SCALE;
    }

    /** The number that pycocoevalcap uses as a caption's length. */
    private static int bigrams(Ngrams ngrams) {
        return Math.max(0, ngrams.length() - 1);
    }

    private double similarity(Ngrams candidate, double norm, Ngrams reference, int n) {
        int[] known = reference.ids()[n];
        for (int i = 0; i < known.length; i++) {
            weights[known[i]] = weight(reference, n, i);
        }
        double product = 0;
        for (int i = 0; i < candidate.ids()[n].length; i++) {
            double other = weights[candidate.ids()[n][i]];
            product += Math.min(weight(candidate, n, i), other) * other;
        }
        for (int id : known) {
            weights[id] = 0;
        }
        double norms = norm * norm(reference, n);
        return norms == 0 ? product : product / norms;
    }

    private double norm(Ngrams ngrams, int n) {
        double squares = 0;
        for (int i = 0; i < ngrams.ids()[n].length; i++) {
            double weight = weight(ngrams, n, i);
            squares += weight * weight;
        }
        return Math.sqrt(squares);
    }

    private double weight(Ngrams ngrams, int n, int i) {
        return ngrams.counts()[n][i] * rarity[ngrams.ids()[n][i]];
    }
}
