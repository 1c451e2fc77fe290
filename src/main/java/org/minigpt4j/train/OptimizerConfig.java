package org.minigpt4j.train;

import org.minigpt4j.checkpoint.TrainState;

/**
 * Settings of the optimization.
 *
 * @param schedule length of the run and its learning rates
 * @param rules how a step is composed
 * @param beta2 AdamW's decay of the second moment
 * @param weightDecay AdamW's weight decay
 * @param scaled whether losses are scaled, which float16 needs
 */
public record OptimizerConfig(
        Schedule schedule, StepConfig rules, double beta2, double weightDecay, boolean scaled) {

    /** An optimizer that continues from a state and uses its arrays. */
    AdamW optimizer(TrainState state) {
        return new AdamW(
                beta2, weightDecay, state.firstMoment(), state.secondMoment(), state.updates());
    }

    /** A loss scaler that continues from a state. */
    LossScaler scaler(TrainState state) {
        return new LossScaler(scaled, state.scaler());
    }
}
