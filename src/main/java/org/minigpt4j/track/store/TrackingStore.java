package org.minigpt4j.track.store;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a tracker asks of MLflow. Every call comes back within a deadline. All of them may be
 * repeated when their outcome is not known, except {@link #createRun} and {@link #registerModel},
 * before which {@link #findRun} and {@link #modelVersion} tell whether they are needed, and {@link
 * #log}, before which {@link #latest} tells what has arrived.
 */
public interface TrackingStore extends AutoCloseable {

    /** Most points that {@link #log} takes at once; a server answers one more with an error. */
    int MOST_POINTS = 1000;

    /** Most parameters, and most tags, that one call takes. */
    int MOST_NAMES = 100;

    /** The run with this key in an experiment, if there is one. */
    Optional<String> findRun(String experiment, String key)
            throws UnavailableException, RefusedException;

    /** Makes a run, and its experiment where that is missing; gives its identifier. */
    String createRun(NewRun run) throws UnavailableException, RefusedException;

    /** Whether an experiment is there and in MLflow's waste bin. */
    boolean isExperimentDeleted(String name) throws UnavailableException, RefusedException;

    /** Takes an experiment out of the waste bin. */
    void restoreExperiment(String name) throws UnavailableException, RefusedException;

    /** Whether a run or its experiment is in the waste bin, or it is not there any more. */
    boolean isRunDeleted(String runId) throws UnavailableException, RefusedException;

    /** Takes a run out of the waste bin, and its experiment. */
    void restoreRun(String runId) throws UnavailableException, RefusedException;

    /** The point with the highest step of each metric that the run has. */
    Map<String, Point> latest(String runId) throws UnavailableException, RefusedException;

    /** Adds at most {@link #MOST_POINTS} points: all of them or none. */
    void log(String runId, List<Point> points) throws UnavailableException, RefusedException;

    /** Sets at most {@link #MOST_NAMES} parameters, which never change once they are set. */
    void setParams(String runId, Map<String, String> params)
            throws UnavailableException, RefusedException;

    /** Sets at most {@link #MOST_NAMES} tags. */
    void setTags(String runId, Map<String, String> tags)
            throws UnavailableException, RefusedException;

    /** Adds data sets to those that the run reads; one that it has is not added again. */
    void addInputs(String runId, List<RunInput> inputs)
            throws UnavailableException, RefusedException;

    /** Sets the status, and the time of the end, which a running run does not have. */
    void setStatus(String runId, RunStatus status, long time)
            throws UnavailableException, RefusedException;

    /** Puts a file among the run's artifacts, in place of one that is there. */
    void putArtifact(String runId, String path, Path file)
            throws UnavailableException, RefusedException;

    /** The version of a registered model that came from this run, if there is one. */
    Optional<String> modelVersion(String model, String runId)
            throws UnavailableException, RefusedException;

    /** Registers an artifact as a new version of a model, making the model where it is missing. */
    String registerModel(String model, String runId, String artifact, Map<String, String> tags)
            throws UnavailableException, RefusedException;

    /** All runs that were not deleted, the latest first. */
    List<RunView> runs() throws UnavailableException, RefusedException;

    /** All points of a metric, by step. */
    List<Point> history(String runId, String key) throws UnavailableException, RefusedException;

    @Override
    void close();
}
