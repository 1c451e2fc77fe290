package org.minigpt4j.train;

/**
 * The loss of a step, two ways.
 *
 * @param tokenMean cross entropy over all its labelled tokens alike
 * @param objective what the gradient is of; the reference prints its mean over an epoch
 */
public record Losses(double tokenMean, double objective) {

    /**
     * Adds up the micro-batches in their order.
     *
     * @param losses of each, summed over its labels
     * @param labels of each
     * @param divisors what the gradient of each was divided by
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
