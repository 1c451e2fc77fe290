package org.minigpt4j.cluster.protocol;

import java.io.Serializable;

/**
 * How long a rank took over its own part of a step, waiting for others left out.
 *
 * @param step which
 * @param microBatches that it had
 * @param devices that shared them
 * @param dataSeconds in which it read data
 * @param computeSeconds in which it computed gradients
 */
public record RankPace(
        int step, int microBatches, int devices, double dataSeconds, double computeSeconds)
        implements Serializable {

    /** Before the first step. */
    public static final RankPace NONE = new RankPace(0, 1, 1, 0, 0);

    /** Micro-batches that follow each other on the busiest device, of so many in all. */
    int rounds(int all) {
        return (all + devices - 1) / devices;
    }

    /** Seconds of a phase while each device takes one micro-batch. */
    double perRound(double seconds) {
        return seconds / rounds(microBatches);
    }
}
