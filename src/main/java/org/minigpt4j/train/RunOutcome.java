package org.minigpt4j.train;

/** How a run came to its end. */
public enum RunOutcome {
    /** All steps are done. */
    FINISHED,
    /** It was asked to stop, and saved where it was. */
    STOPPED
}
