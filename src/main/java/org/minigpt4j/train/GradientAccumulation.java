package org.minigpt4j.train;

import org.minigpt4j.checkpoint.FailedAccumulation;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.model.TrainableValues;

import java.util.ArrayList;
import java.util.List;

/**
 * The gradient accumulated since the last update and what went into it, in case it turns out not to
 * be finite.
 */
public final class GradientAccumulation {

    private final TrainableValues gradient;
    private final List<String> keys = new ArrayList<>();
    private int begin;
    private TrainState before;

    /**
     * Continues with what a state has accumulated.
     *
     * @param begin steps before the accumulation began
     */
    GradientAccumulation(TrainState start, int begin) {
        gradient = start.pending();
        this.begin = begin;
        // A run may resume inside an accumulation, and the first update clears the gradient.
        before = start.withPending(gradient.copy());
    }

    /** Remembers whose gradients go into it next. */
    void take(List<MicroBatch> batches) {
        batches.forEach(batch -> keys.addAll(batch.keys()));
    }

    /** The gradient; it changes with every step and is zero after an update. */
    TrainableValues gradient() {
        return gradient;
    }

    /** Starts again after an update, done or skipped; {@code state} is what it starts from. */
    void beginAt(TrainState state) {
        keys.clear();
        begin = state.step();
        before = state;
    }

    /**
     * What makes a failure happen again.
     *
     * @param last the step at whose end the gradient is not finite
     */
    FailedAccumulation failure(int last) {
        return new FailedAccumulation(before, begin + 1, last, List.copyOf(keys));
    }
}
