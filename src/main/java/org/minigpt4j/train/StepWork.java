package org.minigpt4j.train;

import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.data.order.RankShare;

import java.util.List;

/**
 * The work of one step, as a {@link GradientReducer} requests it. If a host is lost, it may be
 * requested again for another share of the same step; everything loaded and computed before is
 * kept.
 */
public interface StepWork {

    /**
     * Returns the number of labels of each micro-batch in a share, in order.
     *
     * @throws InterruptedException if the thread is interrupted
     */
    int[] labels(RankShare share) throws InterruptedException;

    /**
     * Returns the gradients of the micro-batches in a share, in order.
     *
     * @param labels number of labels of every micro-batch of the step; needed before the backward
     *     pass for the mean over all tokens
     * @throws InterruptedException if the thread is interrupted
     */
    List<Replica.Result> results(RankShare share, int[] labels) throws InterruptedException;

    /** Returns the workload of each micro-batch in a share; call {@link #labels} first. */
    List<Workload> work(RankShare share);

    /** The state before the step. */
    TrainState state();
}
