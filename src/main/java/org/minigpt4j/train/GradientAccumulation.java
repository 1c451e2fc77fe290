package org.minigpt4j.train;

import org.minigpt4j.checkpoint.FailedAccumulation;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.model.TrainableValues;

import java.util.ArrayList;
import java.util.List;

/**
 * The gradient accumulated since the last update. It also remembers its inputs, to reproduce the
 * failure if the gradient is not finite.
 */
public final class GradientAccumulation {

    private final TrainableValues gradient;
    private final List<String> keys = new ArrayList<>();
    private int begin;
    private TrainState before;

    /**
     * Continues with the gradient that a state has accumulated.
     *
     * @param begin number of steps before the accumulation began
     */
    GradientAccumulation(TrainState start, int begin) {
        gradient = start.pending();
        this.begin = begin;
        // A run may resume in the middle of an accumulation, and the first update clears the
        // gradient.
        before = start.withPending(gradient.copy());
    }

    /** Remembers the micro-batches whose gradients are added next. */
    void take(List<MicroBatch> batches) {
        batches.forEach(batch -> keys.addAll(batch.keys()));
    }

    /** The gradient. Every step changes it in place, and it is zero after an update. */
    TrainableValues gradient() {
        return gradient;
    }

    /** Starts over after an update or a skipped update; {@code state} is the new starting point. */
    void beginAt(TrainState state) {
        keys.clear();
        begin = state.step();
        before = state;
    }

    /**
     * Everything needed to reproduce the failure.
     *
     * @param last the step after which the gradient is not finite
     */
    FailedAccumulation failure(int last) {
        return new FailedAccumulation(before, begin + 1, last, List.copyOf(keys));
    }
}
