package org.minigpt4j.train;

import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.model.TrainableValues;

import java.util.List;

/**
 * Makes one step of what several places computed. The loop hands it what was done here and gets
 * back what was done everywhere, in the order of the step's micro-batches, so it does not know how
 * many hosts there are. Replicas inside a JVM are its first storey, hosts its second.
 */
public interface GradientReducer {

    /** The reducer of a run on this host alone. */
    static GradientReducer local(int microBatches) {
        return new LocalReducer(new RankShare(0, 1, microBatches));
    }

    /** Which micro-batches of a step are computed here; asked anew for each step. */
    RankShare share();

    /**
     * The labels of every micro-batch of the step, needed before the backward pass to take the mean
     * over all its tokens.
     *
     * @param here labels of the micro-batches computed here, in their order
     * @throws InterruptedException if the thread is told to stop while it waits for others
     */
    int[] labels(int[] here) throws InterruptedException;

    /**
     * The sum over every micro-batch of the step, by the order of {@link CanonicalSum}.
     *
     * @param here results of the micro-batches computed here, in their order; their arrays are used
     * @param work how much was in these
     * @throws InterruptedException if the thread is told to stop while it waits for others
     */
    StepSum sum(List<Replica.Result> here, Workload work) throws InterruptedException;

    /**
     * A whole step.
     *
     * @param gradient of all micro-batches
     * @param losses of each micro-batch, summed over its labels
     * @param work in all of them
     */
    record StepSum(TrainableValues gradient, double[] losses, Workload work) {}

    /** Where the data stand after the step that began at {@code position}. */
    default long positionAfter(long position) {
        return position + share().microBatches();
    }

    /** How many hosts take part. */
    default int hosts() {
        return share().ranks();
    }
}
