package org.minigpt4j.train;

import org.minigpt4j.checkpoint.TrainState;

/**
 * How a run learns.
 *
 * @param schedule how long, and at which rates
 * @param rules what a step is made of
 * @param beta2 of AdamW
 * @param weightDecay of AdamW
 * @param scaled whether losses are scaled, which float16 needs
 */
public record OptimizerConfig(
        Schedule schedule, StepConfig rules, double beta2, double weightDecay, boolean scaled) {

    /** An optimizer that continues from a state, in its arrays. */
    AdamW optimizer(TrainState state) {
        return new AdamW(
                beta2, weightDecay, state.firstMoment(), state.secondMoment(), state.updates());
    }

    /** A loss scale that continues from a state. */
    LossScaler scaler(TrainState state) {
        return new LossScaler(scaled, state.scaler());
    }
}
