package org.minigpt4j.train;

import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.data.BatchLoader;
import org.minigpt4j.data.BatchSettings;
import org.minigpt4j.data.BatchSource;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.text.SequenceLayout;
import org.minigpt4j.text.Tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/**
 * The loss on held-out data: the mean cross entropy over all its labelled tokens. Every measurement
 * uses the same micro-batches in the same order, and one replica computes each whole micro-batch.
 * So neither the number of replicas nor an interruption changes a bit of the result.
 */
public final class Validation {

    /** No held-out data. */
    static final Validation NONE = new Validation(List.of());

    private final List<HeldOut> sets;

    /**
     * Held-out data.
     *
     * @param open opens its micro-batches from the first one
     * @param microBatches number of micro-batches to measure
     */
    record HeldOut(Supplier<BatchSource> open, int microBatches) {}

    Validation(List<HeldOut> sets) {
        this.sets = List.copyOf(sets);
    }

    /**
     * The validation in a configuration.
     *
     * @param replicas number of replicas that share the work
     * @throws org.minigpt4j.UsageException if its data is missing or empty
     */
    public static Validation of(
            TrainConfig config, int queries, Tokenizer tokenizer, int replicas) {
        if (config.run().validSplits().isEmpty()) {
            return NONE;
        }
        List<HeldOut> sets = new ArrayList<>();
        SequenceLayout layout = SequenceLayout.of(tokenizer, queries, config.model().endSym());
        for (BatchSettings one : BatchSettings.heldOut(config)) {
            BatchSettings settings = one.forRank(new RankShare(0, 1, replicas), replicas);
            long samples = Math.min(config.run().validSamples(), samples(settings, tokenizer));
            long batches = (samples + settings.batchSize() - 1) / settings.batchSize();
            sets.add(
                    new HeldOut(
                            () ->
                                    new FirstSamples(
                                            open(settings, tokenizer, queries), samples, layout),
                            Math.toIntExact(batches)));
        }
        return new Validation(sets);
    }

    private static long samples(BatchSettings settings, Tokenizer tokenizer) {
        try (BatchLoader loader = BatchLoader.open(settings, tokenizer, 0)) {
            return loader.found().stream().mapToLong(BatchLoader.Found::samples).sum();
        }
    }

    private static BatchLoader open(BatchSettings settings, Tokenizer tokenizer, int queries) {
        return BatchLoader.open(settings, tokenizer, queries, 0, Optional.empty());
    }

    /** Number of micro-batches in one measurement. */
    public int microBatches() {
        return sets.stream().mapToInt(HeldOut::microBatches).sum();
    }

    /**
     * Measures the loss with the replicas' current trainable tensors; empty if there is no held-out
     * data.
     */
    OptionalDouble loss(Replicas replicas) throws InterruptedException {
        double sum = 0;
        long labels = 0;
        for (HeldOut set : sets) {
            try (BatchSource source = set.open().get()) {
                for (int done = 0; done < set.microBatches(); ) {
                    List<MicroBatch> round = new ArrayList<>();
                    while (round.size() < replicas.count() && done < set.microBatches()) {
                        round.add(source.next());
                        done++;
                    }
                    for (double loss : replicas.forward(round)) {
                        sum += loss;
                    }
                    labels += round.stream().mapToInt(MicroBatch::labels).sum();
                }
            }
        }
        return sets.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(sum / labels);
    }
}
