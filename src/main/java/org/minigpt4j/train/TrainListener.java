package org.minigpt4j.train;

import java.util.Map;

/** Receives events during a run, on the training thread. Do slow work on another thread. */
public interface TrainListener {

    /** Training starts or continues after {@code step} steps of {@code total}. */
    default void begin(int step, int total) {}

    /** A step is complete. */
    default void step(StepReport report) {}

    /** An epoch is complete. */
    default void epoch(EpochReport report) {}

    /**
     * Reports the hosts' figures of a step, in a run on several hosts.
     *
     * @param figures figures by name, such as {@code rank_0_compute_s}
     */
    default void hosts(int step, Map<String, Double> figures) {}

    /** All epochs are complete. */
    default void end() {}
}
