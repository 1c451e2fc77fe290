package org.minigpt4j.generate;

import java.util.Arrays;

/**
 * What Hugging Face's processors and warpers do to the scores of one sequence, in place; an
 * excluded token has the score minus infinity. Arithmetic is float32 where the reference's is.
 */
final class Scores {

    private Scores() {}

    /** Divides positive scores of tokens that are in the sequence, and multiplies negative ones. */
    static void repetitionPenalty(float[] scores, int[] ids, double penalty) {
        float factor = (float) penalty;
        // The implicit begin of a sequence is no token where a model has none.
        for (int id : Arrays.stream(ids).filter(i -> i >= 0).distinct().toArray()) {
            scores[id] = scores[id] < 0 ? scores[id] * factor : scores[id] / factor;
        }
    }

    static void exclude(float[] scores, int id) {
        scores[id] = Float.NEGATIVE_INFINITY;
    }

    static void temperature(float[] scores, double temperature) {
        float divisor = (float) temperature;
        for (int i = 0; i < scores.length; i++) {
            scores[i] /= divisor;
        }
    }

    /** Leaves the best {@code k}, and what ties with the last of them. */
    static void topK(float[] scores, int k) {
        if (k >= scores.length) {
            return;
        }
        int[] best = best(scores, k);
        float least = scores[best[k - 1]];
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] < least) {
                scores[i] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    /**
     * Drops the least likely as long as their probabilities add up to no more than 1 - p, but keeps
     * the best {@code minKeep}.
     */
    static void topP(float[] scores, double p, int minKeep) {
        int[] ascending = likely(scores);
        float[] probabilities = softmax(scores);
        float most = (float) (1 - p);
        double sum = 0;
        for (int i = 0; i < ascending.length - minKeep; i++) {
            sum += probabilities[ascending[i]];
            if ((float) sum > most) {
                return;
            }
            scores[ascending[i]] = Float.NEGATIVE_INFINITY;
        }
    }

    /**
     * Indices of the tokens that are not excluded, the least likely first; of equal ones the first.
     */
    private static int[] likely(float[] scores) {
        long[] keys = new long[scores.length];
        int count = 0;
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] > Float.NEGATIVE_INFINITY) {
                int bits = Float.floatToIntBits(scores[i]);
                // Whole numbers in the order of the floats.
                int rank = bits ^ (bits >> 31 & Integer.MAX_VALUE);
                keys[count++] = (long) rank << 32 | i;
            }
        }
        Arrays.sort(keys, 0, count);
        int[] indices = new int[count];
        for (int i = 0; i < count; i++) {
            indices[i] = (int) keys[i];
        }
        return indices;
    }

    /** Logits to log-probabilities. */
    static void logSoftmax(float[] scores) {
        double most = max(scores);
        double sum = 0;
        for (float score : scores) {
            sum += Math.exp(score - most);
        }
        double shift = most + Math.log(sum);
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) (scores[i] - shift);
        }
    }

    static float[] softmax(float[] scores) {
        double most = max(scores);
        double[] weights = new double[scores.length];
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            weights[i] = scores[i] == Float.NEGATIVE_INFINITY ? 0 : Math.exp(scores[i] - most);
            sum += weights[i];
        }
        float[] probabilities = new float[scores.length];
        for (int i = 0; i < scores.length; i++) {
            probabilities[i] = (float) (weights[i] / sum);
        }
        return probabilities;
    }

    /** The first of the best. */
    static int argmax(float[] scores) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            if (scores[i] > scores[best]) {
                best = i;
            }
        }
        return best;
    }

    /** The best {@code k} in falling order; of equal ones the first. */
    static int[] best(float[] scores, int k) {
        int[] best = new int[Math.min(k, scores.length)];
        int found = 0;
        for (int i = 0; i < scores.length; i++) {
            if (found == best.length && !(scores[i] > scores[best[found - 1]])) {
                continue;
            }
            int at = found == best.length ? found - 1 : found++;
            for (; at > 0 && scores[i] > scores[best[at - 1]]; at--) {
                best[at] = best[at - 1];
            }
            best[at] = i;
        }
        return best;
    }

    private static double max(float[] scores) {
        float most = Float.NEGATIVE_INFINITY;
        for (float score : scores) {
            most = Math.max(most, score);
        }
        return most;
    }
}
