package org.minigpt4j.train;

import org.minigpt4j.config.Accumulation;
import org.minigpt4j.config.LossReduction;
import org.minigpt4j.config.RunConfig;
import org.minigpt4j.model.TrainableValues;

import java.util.Arrays;
import java.util.Optional;

/**
 * What a step is made of and what it does with its gradient.
 *
 * @param microBatches how many it takes
 * @param reduction what its loss averages over
 * @param accumulation what becomes of the gradients between two updates
 * @param maxGradNorm longer gradients are shortened to this
 * @param maxSkips updates in a row that may be skipped
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

    /** The rules of the reference with one rank. */
    static StepConfig reference() {
        return new StepConfig(1, LossReduction.RANK, Accumulation.SUM, Optional.empty(), 0);
    }

    /**
     * What each micro-batch divides its loss by. Under {@code TOKENS} it is the mean over the
     * micro-batches, so that under either rule the gradients still have to be divided by their
     * number, and float16 sees numbers of the same size.
     *
     * @param labels of every micro-batch of the step
     */
    double[] divisors(int[] labels) {
        double[] divisors = Arrays.stream(labels).mapToDouble(n -> Math.max(1, n)).toArray();
        if (reduction == LossReduction.TOKENS) {
            double total = Arrays.stream(labels).sum();
            Arrays.fill(divisors, Math.max(1, total) / labels.length);
        }
        return divisors;
    }

    /** Shortens a gradient of length {@code norm} to the limit, as PyTorch's clip_grad_norm_. */
    void clip(TrainableValues gradient, double norm) {
        if (maxGradNorm.isPresent() && norm > maxGradNorm.get()) {
            gradient.scale((float) (maxGradNorm.get() / (norm + 1e-6)));
        }
    }
}
