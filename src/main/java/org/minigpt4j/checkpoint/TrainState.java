package org.minigpt4j.checkpoint;

import org.minigpt4j.model.ProjectionValues;

/**
 * Everything that a run needs to go on where it was: what a {@link Checkpoint} holds. The random
 * streams are in it as well: the order of samples, crops and prompts are functions of the seed,
 * which is configuration, and of {@code position}.
 *
 * @param step steps done
 * @param position micro-batches taken from the data
 * @param updates optimizer steps done
 * @param microBatches micro-batches of a step; 0 before the first
 * @param projection what learns
 * @param firstMoment of AdamW
 * @param secondMoment of AdamW
 * @param pending gradient gathered since the last optimizer step, zeros when none
 * @param scaler the loss scale
 * @param means the figures so far
 */
public record TrainState(
        int step,
        long position,
        int updates,
        int microBatches,
        ProjectionValues projection,
        ProjectionValues firstMoment,
        ProjectionValues secondMoment,
        ProjectionValues pending,
        ScalerState scaler,
        RunningMeans means) {

    /** The start of a run from a projection. */
    public static TrainState start(ProjectionValues projection) {
        return new TrainState(
                0,
                0,
                0,
                0,
                projection,
                projection.zeros(),
                projection.zeros(),
                projection.zeros(),
                ScalerState.INITIAL,
                RunningMeans.NONE);
    }

    /** The same, but for the gathered gradient. */
    public TrainState withPending(ProjectionValues gathered) {
        return new TrainState(
                step,
                position,
                updates,
                microBatches,
                projection,
                firstMoment,
                secondMoment,
                gathered,
                scaler,
                means);
    }

    /** A copy that shares no array with this one. */
    public TrainState copy() {
        return new TrainState(
                step,
                position,
                updates,
                microBatches,
                projection.copy(),
                firstMoment.copy(),
                secondMoment.copy(),
                pending.copy(),
                scaler,
                means);
    }
}
