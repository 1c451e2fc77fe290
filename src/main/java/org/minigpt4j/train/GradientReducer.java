package org.minigpt4j.train;

import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.model.TrainableValues;

import java.util.Optional;

/**
 * Combines the results of one step from all replicas and hosts. The loop passes it the work and
 * gets back all results in the order of the step's micro-batches, so the loop does not depend on
 * the number of hosts. Results are combined first over the replicas in a JVM, then over hosts.
 */
public interface GradientReducer {

    /** The reducer for a run on a single host. */
    static GradientReducer local(int microBatches) {
        return new LocalReducer(new RankShare(0, 1, microBatches));
    }

    /** Which micro-batches of a step this host computes; the share may change during a step. */
    RankShare share();

    /**
     * Computes this host's micro-batches, and returns the sum over all hosts in the order of {@link
     * CanonicalSum}.
     *
     * @return empty if the loop must end before the step is complete
     * @throws InterruptedException if the thread is interrupted while it waits for other hosts
     */
    Optional<StepSum> sum(StepWork work) throws InterruptedException;

    /**
     * The combined result of a step.
     *
     * @param gradient sum over all micro-batches
     * @param losses loss of each micro-batch, summed over its labels
     * @param labels number of labels in each micro-batch
     * @param work total workload
     */
    record StepSum(TrainableValues gradient, double[] losses, int[] labels, Workload work) {}

    /** Number of hosts that take part. */
    default int hosts() {
        return share().ranks();
    }
}
