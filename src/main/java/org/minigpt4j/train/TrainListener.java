package org.minigpt4j.train;

import java.util.Map;

/** Is called during a run, on the training thread; do slow work on another thread. */
public interface TrainListener {

    /** Training starts, or continues, after {@code step} steps of {@code total}. */
    default void begin(int step, int total) {}

    /** A step is done. */
    default void step(StepReport report) {}

    /** An epoch is done. */
    default void epoch(EpochReport report) {}

    /**
     * What each host did in a step, on a run on several.
     *
     * @param figures by name, such as {@code rank_0_compute_s}
     */
    default void hosts(int step, Map<String, Double> figures) {}

    /** All epochs are done. */
    default void end() {}
}
