package org.minigpt4j.train;

import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.data.order.RankShare;

import java.util.List;

/**
 * One step's work as a {@link GradientReducer} asks for it. It may be asked again for another share
 * of the same step, when a host was lost: what was loaded and computed before is kept.
 */
public interface StepWork {

    /**
     * Labels of the micro-batches of a share, in their order.
     *
     * @throws InterruptedException if the thread is told to stop
     */
    int[] labels(RankShare share) throws InterruptedException;

    /**
     * Gradients of the micro-batches of a share, in their order.
     *
     * @param labels of every micro-batch of the step, needed before the backward pass to take the
     *     mean over all its tokens
     * @throws InterruptedException if the thread is told to stop
     */
    List<Replica.Result> results(RankShare share, int[] labels) throws InterruptedException;

    /** How much is in each of the micro-batches of a share, after their labels were asked for. */
    List<Workload> work(RankShare share);

    /** Where the run stands before the step. */
    TrainState state();
}
