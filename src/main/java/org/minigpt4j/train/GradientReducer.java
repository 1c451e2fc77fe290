package org.minigpt4j.train;

import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.model.TrainableValues;

import java.util.Optional;

/**
 * Makes one step of what several places compute. The loop hands it the work and gets back what was
 * done everywhere, in the order of the step's micro-batches, so it does not know how many hosts
 * there are. Replicas inside a JVM are its first storey, hosts its second.
 */
public interface GradientReducer {

    /** The reducer of a run on this host alone. */
    static GradientReducer local(int microBatches) {
        return new LocalReducer(new RankShare(0, 1, microBatches));
    }

    /** Which micro-batches of a step are computed here; it may change while a step is made. */
    RankShare share();

    /**
     * Has a step's micro-batches computed, those of this host here, and sums them up by the order
     * of {@link CanonicalSum}.
     *
     * @return empty if the run is told to leave the loop before the step's end
     * @throws InterruptedException if the thread is told to stop while it waits for others
     */
    Optional<StepSum> sum(StepWork work) throws InterruptedException;

    /**
     * A whole step.
     *
     * @param gradient of all micro-batches
     * @param losses of each micro-batch, summed over its labels
     * @param labels of each micro-batch
     * @param work in all of them
     */
    record StepSum(TrainableValues gradient, double[] losses, int[] labels, Workload work) {}

    /** How many hosts take part. */
    default int hosts() {
        return share().ranks();
    }
}
