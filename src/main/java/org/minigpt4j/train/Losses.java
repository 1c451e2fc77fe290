package org.minigpt4j.train;

/**
 * Two means of a step's loss.
 *
 * @param tokenMean mean cross entropy over all labelled tokens
 * @param objective the function that the gradient belongs to; the reference prints its mean over an
 *     epoch
 */
public record Losses(double tokenMean, double objective) {

    /**
     * Combines the micro-batches in their order.
     *
     * @param losses loss of each, summed over its labels
     * @param labels number of labels of each
     * @param divisors divisor of each one's gradient
     */
    static Losses of(double[] losses, int[] labels, double[] divisors) {
        double sum = 0;
        double objective = 0;
        int count = 0;
        for (int i = 0; i < losses.length; i++) {
            sum += losses[i];
            objective += losses[i] / divisors[i];
            count += labels[i];
        }
        return new Losses(sum / Math.max(1, count), objective / losses.length);
    }
}
