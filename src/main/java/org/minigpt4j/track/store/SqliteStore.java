package org.minigpt4j.track.store;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A store in a SQLite file, in the format of MLflow's own SqlAlchemyStore, so that {@code mlflow
 * ui} can open it. Several processes may write to it, see {@link SqliteFile}. Do not use it on
 * network file systems, where SQLite's locks do not work.
 */
final class SqliteStore implements TrackingStore {

    private final SqliteFile file;
    private final Duration deadline;
    private final SqliteMetrics metrics;
    private final SqliteRuns runs;
    private final SqliteModels models;
    private final SqliteInputs inputs;

    private SqliteStore(SqliteFile file, Duration deadline) {
        this.file = file;
        this.deadline = deadline;
        metrics = new SqliteMetrics(file);
        inputs = new SqliteInputs(file);
        runs = new SqliteRuns(file, metrics, inputs);
        models = new SqliteModels(file);
    }

    /**
     * Opens a store and creates it if it does not exist.
     *
     * @param deadline how long a call waits for other writers
     * @throws UnavailableException if the file is not a store that this program can write
     */
    static SqliteStore open(Path path, Duration deadline) throws UnavailableException {
        SqliteFile file = SqliteFile.open(path, deadline);
        SqliteStore store = new SqliteStore(file, deadline);
        try {
            file.transact(
                    () -> {
                        store.runs.makeDefaultExperiment();
                        return null;
                    });
            return store;
        } catch (RefusedException e) {
            file.close();
            throw new UnavailableException(e.getMessage(), e);
        } catch (UnavailableException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Opens an existing store for reading.
     *
     * @throws UnavailableException if the file is not a store
     */
    static SqliteStore read(Path path, Duration deadline) throws UnavailableException {
        return new SqliteStore(SqliteFile.read(path, deadline), deadline);
    }

    @Override
    public Optional<String> findRun(String experiment, String key)
            throws UnavailableException, RefusedException {
        return file.transact(() -> runs.find(key));
    }

    @Override
    public String createRun(NewRun run) throws UnavailableException, RefusedException {
        return file.transact(() -> runs.create(run));
    }

    @Override
    public boolean isExperimentDeleted(String name) throws UnavailableException, RefusedException {
        return file.transact(() -> runs.isExperimentDeleted(name));
    }

    @Override
    public void restoreExperiment(String name) throws UnavailableException, RefusedException {
        file.transact(
                () -> {
                    runs.restoreExperiment(name);
                    return null;
                });
    }

    @Override
    public boolean isRunDeleted(String runId) throws UnavailableException, RefusedException {
        return file.transact(() -> runs.isRunDeleted(runId));
    }

    @Override
    public void restoreRun(String runId) throws UnavailableException, RefusedException {
        file.transact(
                () -> {
                    runs.restore(runId);
                    return null;
                });
    }

    @Override
    public Map<String, Point> latest(String runId) throws UnavailableException, RefusedException {
        return file.transact(() -> metrics.latest(runId));
    }

    @Override
    public void log(String runId, List<Point> points)
            throws UnavailableException, RefusedException {
        file.transact(
                () -> {
                    runs.requireActive(runId);
                    metrics.insert(runId, points);
                    return null;
                });
    }

    @Override
    public void setParams(String runId, Map<String, String> params)
            throws UnavailableException, RefusedException {
        file.transact(
                () -> {
                    runs.requireActive(runId);
                    runs.setParams(runId, params);
                    return null;
                });
    }

    @Override
    public void setTags(String runId, Map<String, String> tags)
            throws UnavailableException, RefusedException {
        file.transact(
                () -> {
                    runs.requireActive(runId);
                    runs.setTags(runId, tags);
                    return null;
                });
    }

    @Override
    public void addInputs(String runId, List<RunInput> added)
            throws UnavailableException, RefusedException {
        file.transact(
                () -> {
                    runs.requireActive(runId);
                    inputs.add(runId, added);
                    return null;
                });
    }

    @Override
    public void setStatus(String runId, RunStatus status, long time)
            throws UnavailableException, RefusedException {
        file.transact(
                () -> {
                    runs.requireActive(runId);
                    runs.setStatus(runId, status, time);
                    return null;
                });
    }

    @Override
    public void putArtifact(String runId, String path, Path source)
            throws UnavailableException, RefusedException {
        String place = file.transact(() -> runs.artifactUri(runId));
        ArtifactFiles.put(runId, place, path, source, deadline);
    }

    @Override
    public Optional<String> modelVersion(String model, String runId)
            throws UnavailableException, RefusedException {
        return file.transact(() -> models.version(model, runId));
    }

    @Override
    public String registerModel(
            String model, String runId, String artifact, Map<String, String> tags)
            throws UnavailableException, RefusedException {
        ArtifactPath.below(artifact);
        return file.transact(
                () ->
                        models.register(
                                model, runId, runs.artifactUri(runId) + "/" + artifact, tags));
    }

    @Override
    public List<RunView> runs() throws UnavailableException, RefusedException {
        return file.transact(runs::all);
    }

    @Override
    public List<Point> history(String runId, String key)
            throws UnavailableException, RefusedException {
        return file.transact(() -> metrics.history(runId, key));
    }

    @Override
    public void close() {
        file.close();
    }
}
