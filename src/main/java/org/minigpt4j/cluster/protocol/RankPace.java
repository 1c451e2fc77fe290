package org.minigpt4j.cluster.protocol;

import java.io.Serializable;

/**
 * How long a rank took for its own part of a step, not counting the time it waited for others.
 *
 * @param step the step that was measured
 * @param microBatches number of micro-batches that the rank took
 * @param devices number of devices that shared them
 * @param dataSeconds seconds spent on reading data
 * @param computeSeconds seconds spent on computing gradients
 */
public record RankPace(
        int step, int microBatches, int devices, double dataSeconds, double computeSeconds)
        implements Serializable {

    /** The value before the first step. */
    public static final RankPace NONE = new RankPace(0, 1, 1, 0, 0);

    /**
     * Number of micro-batches that the busiest device computes, one after another, of {@code all}.
     */
    int rounds(int all) {
        return (all + devices - 1) / devices;
    }

    /** Seconds per micro-batch on the busiest device, given the seconds of a whole phase. */
    double perRound(double seconds) {
        return seconds / rounds(microBatches);
    }
}
