package org.minigpt4j.track.store;

/** How a run stands, in MLflow's words. */
public enum RunStatus {
    /** It is running, or its process was killed and nobody could report that yet. */
    RUNNING,
    /** It came to its end. */
    FINISHED,
    /** It ended with an error. */
    FAILED,
    /** It was stopped, and may go on later. */
    KILLED
}
