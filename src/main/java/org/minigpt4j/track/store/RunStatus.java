package org.minigpt4j.track.store;

/** How a run stands, in MLflow's words. */
public enum RunStatus {
    /** It goes on, or its process was killed and nobody could say so yet. */
    RUNNING,
    /** It came to its end. */
    FINISHED,
    /** It ended with an error. */
    FAILED,
    /** It was stopped, and may go on later. */
    KILLED
}
