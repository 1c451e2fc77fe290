package org.minigpt4j.generate;

import org.minigpt4j.random.RandomStream;

import java.util.Arrays;

/**
 * Draws tokens by their probabilities. The draw at a place of a text depends on the seed and the
 * place alone, so the same seed gives the same text.
 *
 * <p>Each score gets Gumbel noise and the highest win, which is a draw without replacement from the
 * scores' softmax (Kool, van Hoof and Welling, "Stochastic beams and where to find them", 2019) and
 * never divides by a sum that underflows.
 */
record Multinomial(long seed) {

    /**
     * Different indices, in the order they were drawn; those of excluded tokens are never drawn.
     *
     * @param place which draw of the text this is
     * @return {@code count} of them, or as many as there are
     */
    int[] draw(float[] scores, int count, int place) {
        RandomStream random = RandomStream.of(seed, place);
        float[] noisy = scores.clone();
        for (int i = 0; i < noisy.length; i++) {
            if (noisy[i] > Float.NEGATIVE_INFINITY) {
                noisy[i] -= (float) Math.log(-Math.log1p(-random.nextDouble()));
            }
        }
        return Arrays.stream(Scores.best(noisy, count))
                .filter(i -> noisy[i] > Float.NEGATIVE_INFINITY)
                .toArray();
    }
}
