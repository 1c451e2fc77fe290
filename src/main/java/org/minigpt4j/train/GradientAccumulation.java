package org.minigpt4j.train;

import org.minigpt4j.checkpoint.FailedAccumulation;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.model.ProjectionValues;

import java.util.ArrayList;
import java.util.List;

/**
 * The gradient gathered since the last update and what went into it, in case it turns out not to be
 * finite.
 */
public final class GradientAccumulation {

    private final ProjectionValues gradient;
    private final List<String> keys = new ArrayList<>();
    private int begin;
    private TrainState before;

    /**
     * Goes on with what a state has gathered.
     *
     * @param begin iterations done when that began
     */
    GradientAccumulation(TrainState start, int begin) {
        gradient = start.pending();
        this.begin = begin;
        // A run may stand in the middle of a gathering, and the first update will clear it.
        before = start.withPending(gradient.copy());
    }

    /** The gradient; it changes with every iteration and is zero behind an update. */
    ProjectionValues gradient() {
        return gradient;
    }

    /** A micro-batch is about to go into it. */
    void take(Batch batch) {
        keys.addAll(batch.keys());
    }

    /** An update is done or skipped; {@code state} is what the next gathering begins with. */
    void beginAt(TrainState state) {
        keys.clear();
        begin = state.iteration();
        before = state;
    }

    /**
     * What makes a failure happen again.
     *
     * @param last the iteration at whose end the gradient is not finite
     */
    FailedAccumulation failure(int last) {
        return new FailedAccumulation(before, begin + 1, last, List.copyOf(keys));
    }
}
