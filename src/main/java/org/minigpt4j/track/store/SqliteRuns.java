package org.minigpt4j.track.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * The tables of experiments, runs, parameters and tags, with the values that MLflow's own store
 * writes. Artifacts are in {@code mlartifacts} next to the file.
 */
final class SqliteRuns {

    private static final String ARTIFACTS = "mlartifacts";

    private final SqliteFile file;
    private final SqliteMetrics metrics;
    private final SqliteInputs inputs;

    SqliteRuns(SqliteFile file, SqliteMetrics metrics, SqliteInputs inputs) {
        this.file = file;
        this.metrics = metrics;
        this.inputs = inputs;
    }

    /**
     * Creates the default experiment. MLflow creates it in every store, and its UI opens it first.
     */
    void makeDefaultExperiment() throws SQLException {
        file.update(
                "INSERT OR IGNORE INTO experiments (experiment_id, name, artifact_location,"
                        + " lifecycle_stage, creation_time, last_update_time)"
                        + " VALUES (0, 'Default', ?, 'active', ?, ?)",
                artifacts("0"),
                System.currentTimeMillis(),
                System.currentTimeMillis());
    }

    private String artifacts(String experimentId) {
        return file.path().resolveSibling(ARTIFACTS).resolve(experimentId).toString();
    }

    Optional<String> find(String key) throws SQLException {
        return file
                .texts(
                        "SELECT r.run_uuid FROM runs r JOIN tags t ON t.run_uuid = r.run_uuid WHERE"
                                + " r.lifecycle_stage = 'active' AND t.\"key\" = ? AND t.value = ?",
                        NewRun.KEY_TAG,
                        key)
                .stream()
                .findFirst();
    }

    String create(NewRun run) throws SQLException {
        long experiment = experiment(run.experiment());
        String id = UUID.randomUUID().toString().replace("-", "");
        file.update(
                "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name,"
                        + " user_id, status, start_time, source_version, lifecycle_stage,"
                        + " artifact_uri, experiment_id) VALUES (?, ?, 'UNKNOWN', '', '', ?,"
                        + " 'RUNNING', ?, '', 'active', ?, ?)",
                id,
                run.name(),
                run.user(),
                run.started(),
                artifacts("" + experiment) + "/" + id + "/artifacts",
                experiment);
        Map<String, String> tags = new LinkedHashMap<>(run.tags());
        tags.put("mlflow.runName", run.name());
        tags.put("mlflow.user", run.user());
        tags.put(NewRun.KEY_TAG, run.key());
        setTags(id, tags);
        return id;
    }

    private long experiment(String name) throws SQLException {
        List<String> known =
                file.texts("SELECT experiment_id FROM experiments WHERE name = ?", name);
        if (!known.isEmpty()) {
            return Long.parseLong(known.get(0));
        }
        long now = System.currentTimeMillis();
        file.update(
                "INSERT INTO experiments (name, lifecycle_stage, creation_time, last_update_time)"
                        + " VALUES (?, 'active', ?, ?)",
                name,
                now,
                now);
        String id = file.texts("SELECT experiment_id FROM experiments WHERE name = ?", name).get(0);
        file.update(
                "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?",
                artifacts(id),
                Long.parseLong(id));
        return Long.parseLong(id);
    }

    boolean isExperimentDeleted(String name) throws SQLException {
        return !file.texts(
                        "SELECT name FROM experiments WHERE name = ? AND lifecycle_stage ="
                                + " 'deleted'",
                        name)
                .isEmpty();
    }

    /** Restores an experiment with its runs, as MLflow does. */
    void restoreExperiment(String name) throws SQLException {
        if (isExperimentDeleted(name)) {
            long now = System.currentTimeMillis();
            file.update(
                    "UPDATE runs SET lifecycle_stage = 'active', deleted_time = NULL WHERE"
                            + " experiment_id = (SELECT experiment_id FROM experiments WHERE name"
                            + " = ?)",
                    name);
            file.update(
                    "UPDATE experiments SET lifecycle_stage = 'active', last_update_time = ? WHERE"
                            + " name = ?",
                    now,
                    name);
        }
    }

    boolean isRunDeleted(String runId) throws SQLException {
        return file.texts(
                        "SELECT r.run_uuid FROM runs r JOIN experiments e ON e.experiment_id ="
                                + " r.experiment_id WHERE r.run_uuid = ? AND r.lifecycle_stage ="
                                + " 'active' AND e.lifecycle_stage = 'active'",
                        runId)
                .isEmpty();
    }

    void restore(String runId) throws SQLException, RefusedException {
        String experiment =
                file
                        .texts(
                                "SELECT e.name FROM runs r JOIN experiments e ON e.experiment_id ="
                                        + " r.experiment_id WHERE r.run_uuid = ?",
                                runId)
                        .stream()
                        .findFirst()
                        .orElseThrow(() -> new RefusedException("there is no run " + runId));
        restoreExperiment(experiment);
        file.update(
                "UPDATE runs SET lifecycle_stage = 'active', deleted_time = NULL WHERE run_uuid ="
                        + " ?",
                runId);
    }

    /**
     * Checks that a run can be written to, as MLflow does.
     *
     * @throws RefusedException if the run or its experiment was deleted
     */
    void requireActive(String runId) throws SQLException, RefusedException {
        if (isRunDeleted(runId)) {
            throw new RefusedException("run %s does not exist or was deleted".formatted(runId));
        }
    }

    void setParams(String runId, Map<String, String> params) throws SQLException, RefusedException {
        for (var param : params.entrySet()) {
            file.update(
                    "INSERT OR IGNORE INTO params (\"key\", value, run_uuid) VALUES (?, ?, ?)",
                    param.getKey(),
                    param.getValue(),
                    runId);
            String kept =
                    file.texts(
                                    "SELECT value FROM params WHERE \"key\" = ? AND run_uuid = ?",
                                    param.getKey(),
                                    runId)
                            .get(0);
            if (!kept.equals(param.getValue())) {
                throw new RefusedException(
                        "parameter "
                                + param.getKey()
                                + " is "
                                + kept
                                + " already and cannot be changed to "
                                + param.getValue());
            }
        }
    }

    void setTags(String runId, Map<String, String> tags) throws SQLException {
        for (var tag : tags.entrySet()) {
            file.update(
                    "INSERT INTO tags (\"key\", value, run_uuid) VALUES (?, ?, ?)"
                            + " ON CONFLICT (\"key\", run_uuid) DO UPDATE SET value ="
                            + " excluded.value",
                    tag.getKey(),
                    tag.getValue(),
                    runId);
        }
    }

    void setStatus(String runId, RunStatus status, long time) throws SQLException {
        file.update(
                "UPDATE runs SET status = ?, end_time = ? WHERE run_uuid = ?",
                status.name(),
                status == RunStatus.RUNNING ? null : time,
                runId);
    }

    /** The URI of a run's artifacts. */
    String artifactUri(String runId) throws SQLException, RefusedException {
        return file.texts("SELECT artifact_uri FROM runs WHERE run_uuid = ?", runId).stream()
                .findFirst()
                .orElseThrow(() -> new RefusedException("there is no run " + runId));
    }

    /** All runs except deleted ones, the latest first. */
    List<RunView> all() throws SQLException {
        return file.rows(
                this::view,
                "SELECT r.run_uuid, e.name, r.name, r.status, r.start_time, r.end_time,"
                        + " r.artifact_uri FROM runs r JOIN experiments e ON e.experiment_id ="
                        + " r.experiment_id WHERE r.lifecycle_stage = 'active' AND"
                        + " e.lifecycle_stage = 'active' ORDER BY"
                        + " r.start_time DESC, r.run_uuid");
    }

    private RunView view(ResultSet row) throws SQLException {
        String id = row.getString(1);
        long end = row.getLong(6);
        OptionalLong ended = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(end);
        return new RunView(
                id,
                row.getString(2),
                row.getString(3),
                RunStatus.valueOf(row.getString(4)),
                row.getLong(5),
                ended,
                row.getString(7),
                pairs("params", id),
                pairs("tags", id),
                inputs.of(id),
                metrics.latest(id));
    }

    private Map<String, String> pairs(String table, String runId) throws SQLException {
        Map<String, String> pairs = new LinkedHashMap<>();
        file.rows(
                row -> pairs.put(row.getString(1), row.getString(2)),
                "SELECT \"key\", value FROM " + table + " WHERE run_uuid = ? ORDER BY \"key\"",
                runId);
        return pairs;
    }
}
