package org.minigpt4j.train;

/** How a run ended. */
public enum RunOutcome {
    /** All steps are done. */
    FINISHED,
    /** The run was asked to stop, and saved its state. */
    STOPPED
}
