package org.minigpt4j.train;

import org.minigpt4j.model.ProjectionValues;

/**
 * Everything that a run needs to go on where it was: what a {@link Checkpoint} holds.
 *
 * @param iteration iterations done
 * @param position micro-batches taken from the data
 * @param updates optimizer steps done
 * @param projection what learns
 * @param firstMoment of AdamW
 * @param secondMoment of AdamW
 * @param pending gradient gathered since the last optimizer step, zeros when none
 */
public record TrainState(
        int iteration,
        long position,
        int updates,
        ProjectionValues projection,
        ProjectionValues firstMoment,
        ProjectionValues secondMoment,
        ProjectionValues pending) {

    /** The start of a run from a projection. */
    public static TrainState start(ProjectionValues projection) {
        return new TrainState(
                0, 0, 0, projection, projection.zeros(), projection.zeros(), projection.zeros());
    }
}
