package org.minigpt4j.train;

import org.minigpt4j.config.Accumulation;
import org.minigpt4j.config.LossReduction;
import org.minigpt4j.config.RunConfig;
import org.minigpt4j.model.TrainableValues;

import java.util.Arrays;
import java.util.Optional;

/**
 * How a step is composed, and how its gradient is used.
 *
 * @param microBatches number of micro-batches
 * @param reduction what the loss is averaged over
 * @param accumulation how the gradients between two updates are combined
 * @param maxGradNorm maximum gradient norm; longer gradients are clipped
 * @param maxSkips maximum number of updates skipped in a row
 */
public record StepConfig(
        int microBatches,
        LossReduction reduction,
        Accumulation accumulation,
        Optional<Double> maxGradNorm,
        int maxSkips) {

    public static StepConfig of(RunConfig run, int microBatches) {
        return new StepConfig(
                microBatches,
                run.lossReduction(),
                run.accumulation(),
                run.maxGradNorm(),
                run.maxSkips());
    }

    /** The reference's rules with one rank. */
    static StepConfig reference() {
        return new StepConfig(1, LossReduction.RANK, Accumulation.SUM, Optional.empty(), 0);
    }

    /**
     * Returns the divisor of each micro-batch's loss. Under {@code TOKENS}, it is the mean number
     * of labels per micro-batch. So under both rules the gradients must still be divided by the
     * number of micro-batches, and float16 sees numbers of similar size.
     *
     * @param labels number of labels of every micro-batch of the step
     */
    double[] divisors(int[] labels) {
        double[] divisors = Arrays.stream(labels).mapToDouble(n -> Math.max(1, n)).toArray();
        if (reduction == LossReduction.TOKENS) {
            double total = Arrays.stream(labels).sum();
            Arrays.fill(divisors, Math.max(1, total) / labels.length);
        }
        return divisors;
    }

    /** Clips a gradient of length {@code norm} to the limit, like PyTorch's clip_grad_norm_. */
    void clip(TrainableValues gradient, double norm) {
        if (maxGradNorm.isPresent() && norm > maxGradNorm.get()) {
            gradient.scale((float) (maxGradNorm.get() / (norm + 1e-6)));
        }
    }
}
