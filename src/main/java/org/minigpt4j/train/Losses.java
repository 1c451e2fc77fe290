package org.minigpt4j.train;

import java.util.List;

/**
 * The loss of an iteration, two ways.
 *
 * @param tokenMean cross entropy over all its labelled tokens alike
 * @param objective what the gradient is of; the reference prints its mean over an epoch
 */
public record Losses(double tokenMean, double objective) {

    /** Adds up the micro-batches in their order. */
    static Losses of(List<Replica.Result> results, List<Batch> batches, double[] divisors) {
        double sum = 0;
        double objective = 0;
        int labels = 0;
        for (int i = 0; i < results.size(); i++) {
            sum += results.get(i).loss();
            objective += results.get(i).loss() / divisors[i];
            labels += batches.get(i).text().labels().length;
        }
        return new Losses(sum / Math.max(1, labels), objective / results.size());
    }
}
