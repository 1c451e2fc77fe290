package org.minigpt4j.train;

import org.minigpt4j.config.Accumulation;
import org.minigpt4j.config.LossReduction;
import org.minigpt4j.config.RunConfig;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What an iteration is made of and what it does with its gradient.
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
     * How many labels each micro-batch divides its loss by. Under {@code TOKENS} it is the mean
     * over the micro-batches, so that under either rule the gradients still have to be divided by
     * their number, and float16 sees numbers of the same size.
     */
    double[] divisors(List<Batch> batches) {
        double[] labels =
                batches.stream().mapToDouble(b -> Math.max(1, b.text().labels().length)).toArray();
        if (reduction == LossReduction.TOKENS) {
            double total = batches.stream().mapToInt(b -> b.text().labels().length).sum();
            Arrays.fill(labels, Math.max(1, total) / batches.size());
        }
        return labels;
    }
}
