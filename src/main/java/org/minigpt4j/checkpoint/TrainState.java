package org.minigpt4j.checkpoint;

import org.minigpt4j.model.TrainableValues;

/**
 * Everything that a run needs to go on where it was: what a {@link Checkpoint} holds. The random
 * streams are in it as well: the order of samples, crops and prompts are functions of the seed,
 * which is configuration, and of {@code position}.
 *
 * @param step steps done
 * @param position micro-batches taken from the data
 * @param updates optimizer steps done
 * @param microBatches micro-batches of a step; 0 before the first
 * @param trainable what learns
 * @param firstMoment of AdamW
 * @param secondMoment of AdamW
 * @param pending gradient gathered since the last optimizer step, zeros when none
 * @param scaler the loss scale
 * @param means the figures so far
 * @param carried trained tensors of another run that stay as they are in this one: its Q-Former,
 *     where the projection alone learns
 */
public record TrainState(
        int step,
        long position,
        int updates,
        int microBatches,
        TrainableValues trainable,
        TrainableValues firstMoment,
        TrainableValues secondMoment,
        TrainableValues pending,
        ScalerState scaler,
        RunningMeans means,
        TrainableValues carried) {

    /** A state that carries nothing. */
    public TrainState(
            int step,
            long position,
            int updates,
            int microBatches,
            TrainableValues trainable,
            TrainableValues firstMoment,
            TrainableValues secondMoment,
            TrainableValues pending,
            ScalerState scaler,
            RunningMeans means) {
        this(
                step,
                position,
                updates,
                microBatches,
                trainable,
                firstMoment,
                secondMoment,
                pending,
                scaler,
                means,
                TrainableValues.NONE);
    }

    /** The start of a run from these values. */
    public static TrainState start(TrainableValues trainable) {
        return start(trainable, TrainableValues.NONE);
    }

    /** The start of a run that carries others along. */
    public static TrainState start(TrainableValues trainable, TrainableValues carried) {
        return new TrainState(
                0,
                0,
                0,
                0,
                trainable,
                trainable.zeros(),
                trainable.zeros(),
                trainable.zeros(),
                ScalerState.INITIAL,
                RunningMeans.NONE,
                carried);
    }

    /** The same, but for the gathered gradient. */
    public TrainState withPending(TrainableValues gathered) {
        return new TrainState(
                step,
                position,
                updates,
                microBatches,
                trainable,
                firstMoment,
                secondMoment,
                gathered,
                scaler,
                means,
                carried);
    }

    /** A copy that shares no array with this one but those that never change. */
    public TrainState copy() {
        return new TrainState(
                step,
                position,
                updates,
                microBatches,
                trainable.copy(),
                firstMoment.copy(),
                secondMoment.copy(),
                pending.copy(),
                scaler,
                means,
                carried);
    }
}
