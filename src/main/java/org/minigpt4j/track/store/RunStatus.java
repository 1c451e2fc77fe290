package org.minigpt4j.track.store;

/** The status of a run, as in MLflow. */
public enum RunStatus {
    /** The run is in progress, or its process was killed and this has not been reported yet. */
    RUNNING,
    /** The run completed. */
    FINISHED,
    /** The run ended with an error. */
    FAILED,
    /** The run was stopped and may continue later. */
    KILLED
}
