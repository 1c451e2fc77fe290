package org.minigpt4j.train;

/** Hears what happens in a run, on the training thread; whoever needs time takes it elsewhere. */
public interface TrainListener {

    /** Training starts, or goes on, after {@code step} steps of {@code total}. */
    default void begin(int step, int total) {}

    /** A step is done. */
    default void step(StepReport report) {}

    /** An epoch is done. */
    default void epoch(EpochReport report) {}

    /** All epochs are done. */
    default void end() {}
}
