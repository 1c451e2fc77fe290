package org.minigpt4j.track.store;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The operations of MLflow that a tracker needs. Every call returns within a deadline. Calls can be
 * repeated if their outcome is unknown, with three exceptions: check {@link #findRun} before
 * repeating {@link #createRun}, {@link #modelVersion} before {@link #registerModel}, and {@link
 * #latest} before {@link #log}.
 */
public interface TrackingStore extends AutoCloseable {

    /** Maximum number of points in one call of {@link #log}; servers reject more. */
    int MOST_POINTS = 1000;

    /** Maximum number of parameters or tags in one call. */
    int MOST_NAMES = 100;

    /** The identifier of the run with this key in an experiment; empty if there is none. */
    Optional<String> findRun(String experiment, String key)
            throws UnavailableException, RefusedException;

    /** Creates a run, and its experiment if that is missing. Returns the run's identifier. */
    String createRun(NewRun run) throws UnavailableException, RefusedException;

    /** Whether an experiment exists but is deleted in MLflow. */
    boolean isExperimentDeleted(String name) throws UnavailableException, RefusedException;

    /** Restores a deleted experiment. */
    void restoreExperiment(String name) throws UnavailableException, RefusedException;

    /** Whether a run or its experiment is deleted or no longer exists. */
    boolean isRunDeleted(String runId) throws UnavailableException, RefusedException;

    /** Restores a deleted run and its experiment. */
    void restoreRun(String runId) throws UnavailableException, RefusedException;

    /** The point with the highest step of each of the run's metrics. */
    Map<String, Point> latest(String runId) throws UnavailableException, RefusedException;

    /** Adds at most {@link #MOST_POINTS} points, either all of them or none. */
    void log(String runId, List<Point> points) throws UnavailableException, RefusedException;

    /** Sets at most {@link #MOST_NAMES} parameters, which cannot be changed later. */
    void setParams(String runId, Map<String, String> params)
            throws UnavailableException, RefusedException;

    /** Sets at most {@link #MOST_NAMES} tags. */
    void setTags(String runId, Map<String, String> tags)
            throws UnavailableException, RefusedException;

    /** Adds data sets that the run reads; adding one again has no effect. */
    void addInputs(String runId, List<RunInput> inputs)
            throws UnavailableException, RefusedException;

    /** Sets the status and, unless the run is running, the time of its end. */
    void setStatus(String runId, RunStatus status, long time)
            throws UnavailableException, RefusedException;

    /** Adds a file to the run's artifacts, replacing an existing one. */
    void putArtifact(String runId, String path, Path file)
            throws UnavailableException, RefusedException;

    /** The version of a registered model that came from this run; empty if there is none. */
    Optional<String> modelVersion(String model, String runId)
            throws UnavailableException, RefusedException;

    /**
     * Registers an artifact as a new version of a model, and creates the model if it is missing.
     */
    String registerModel(String model, String runId, String artifact, Map<String, String> tags)
            throws UnavailableException, RefusedException;

    /** All runs except deleted ones, the latest first. */
    List<RunView> runs() throws UnavailableException, RefusedException;

    /** All points of a metric, sorted by step. */
    List<Point> history(String runId, String key) throws UnavailableException, RefusedException;

    @Override
    void close();
}
