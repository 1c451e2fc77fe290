package org.minigpt4j.track;

import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * A store in a SQLite file, written as MLflow's own SqlAlchemyStore writes it, so that {@code
 * mlflow ui} opens it. Several processes may write: the file is in WAL mode, a transaction waits
 * for others up to the deadline, and each commit is forced to disk, so that a process killed at any
 * moment leaves a file that opens. Artifacts lie in {@code mlartifacts} beside it. Not for network
 * file systems, on which SQLite's locks do not hold.
 */
final class SqliteStore implements TrackingStore {

    private static final String ARTIFACTS = "mlartifacts";
    private static final double MOST = Double.MAX_VALUE;

    private final Path file;
    private final Connection connection;
    private final Duration deadline;

    private SqliteStore(Path file, Connection connection, Duration deadline) {
        this.file = file;
        this.connection = connection;
        this.deadline = deadline;
    }

    /** Something to do in one transaction. */
    private interface Work<T> {
        T run() throws SQLException, RefusedException;
    }

    /**
     * Opens a store, making it where there is none.
     *
     * @param deadline how long a call waits for other writers
     * @throws UnavailableException if the file is no store that this program can write
     */
    static SqliteStore open(Path file, Duration deadline) throws UnavailableException {
        Path absolute = file.toAbsolutePath().normalize();
        try {
            Files.createDirectories(absolute.getParent());
        } catch (IOException e) {
            throw new UnavailableException(absolute + ": " + e.getMessage(), e);
        }
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout((int) deadline.toMillis());
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.enforceForeignKeys(true);
        try {
            Connection connection = config.createConnection("jdbc:sqlite:" + absolute);
            try {
                SqliteSchema.make(connection);
                SqliteStore store = new SqliteStore(absolute, connection, deadline);
                store.makeDefaultExperiment();
                return store;
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw new UnavailableException(absolute + " " + e.getMessage(), e);
        }
    }

    /** MLflow makes it in every store, and its UI begins there. */
    private void makeDefaultExperiment() throws SQLException {
        update(
                "INSERT OR IGNORE INTO experiments (experiment_id, name, artifact_location,"
                        + " lifecycle_stage, creation_time, last_update_time)"
                        + " VALUES (0, 'Default', ?, 'active', ?, ?)",
                artifacts("0"),
                System.currentTimeMillis(),
                System.currentTimeMillis());
    }

    private String artifacts(String experimentId) {
        return file.resolveSibling(ARTIFACTS).resolve(experimentId).toString();
    }

    @Override
    public Optional<String> findRun(String experiment, String key)
            throws UnavailableException, RefusedException {
        return transact(
                () ->
                        texts(
                                        "SELECT r.run_uuid FROM runs r JOIN tags t ON t.run_uuid ="
                                                + " r.run_uuid WHERE t.\"key\" = ? AND t.value = ?",
                                        NewRun.KEY_TAG,
                                        key)
                                .stream()
                                .findFirst());
    }

    @Override
    public String createRun(NewRun run) throws UnavailableException, RefusedException {
        return transact(
                () -> {
                    long experiment = experiment(run.experiment());
                    String id = UUID.randomUUID().toString().replace("-", "");
                    update(
                            "INSERT INTO runs (run_uuid, name, source_type, source_name,"
                                    + " entry_point_name, user_id, status, start_time,"
                                    + " source_version, lifecycle_stage, artifact_uri,"
                                    + " experiment_id) VALUES (?, ?, 'UNKNOWN', '', '', ?,"
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
                    insertTags(id, tags);
                    return id;
                });
    }

    private long experiment(String name) throws SQLException {
        List<String> known = texts("SELECT experiment_id FROM experiments WHERE name = ?", name);
        if (!known.isEmpty()) {
            return Long.parseLong(known.get(0));
        }
        long now = System.currentTimeMillis();
        update(
                "INSERT INTO experiments (name, lifecycle_stage, creation_time, last_update_time)"
                        + " VALUES (?, 'active', ?, ?)",
                name,
                now,
                now);
        String id = texts("SELECT experiment_id FROM experiments WHERE name = ?", name).get(0);
        update(
                "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?",
                artifacts(id),
                Long.parseLong(id));
        return Long.parseLong(id);
    }

    @Override
    public Map<String, Point> latest(String runId) throws UnavailableException, RefusedException {
        return transact(() -> latestOf(runId));
    }

    private Map<String, Point> latestOf(String runId) throws SQLException {
        Map<String, Point> latest = new LinkedHashMap<>();
        points(
                        "SELECT \"key\", value, timestamp, step, is_nan FROM latest_metrics"
                                + " WHERE run_uuid = ? ORDER BY \"key\"",
                        runId)
                .forEach(point -> latest.put(point.key(), point));
        return latest;
    }

    @Override
    public void log(String runId, List<Point> points)
            throws UnavailableException, RefusedException {
        transact(
                () -> {
                    try (PreparedStatement history =
                                    connection.prepareStatement(
                                            "INSERT OR IGNORE INTO metrics (\"key\", value,"
                                                    + " timestamp, run_uuid, step, is_nan)"
                                                    + " VALUES (?, ?, ?, ?, ?, ?)");
                            PreparedStatement latest =
                                    connection.prepareStatement(
                                            "INSERT INTO latest_metrics (\"key\", value, timestamp,"
                                                    + " run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?,"
                                                    + " ?) ON CONFLICT (\"key\", run_uuid) DO UPDATE"
                                                    + " SET value = excluded.value, timestamp ="
                                                    + " excluded.timestamp, step = excluded.step,"
                                                    + " is_nan = excluded.is_nan WHERE (excluded.step,"
                                                    + " excluded.timestamp, excluded.value) >"
                                                    + " (latest_metrics.step, latest_metrics.timestamp,"
                                                    + " latest_metrics.value)")) {
                        for (Point point : points) {
                            for (PreparedStatement insert : List.of(history, latest)) {
                                double value = point.value();
                                insert.setString(1, point.key());
                                insert.setDouble(2, stored(value));
                                insert.setLong(3, point.timestamp());
                                insert.setString(4, runId);
                                insert.setLong(5, point.step());
                                insert.setBoolean(6, Double.isNaN(value));
                                insert.addBatch();
                            }
                        }
                        history.executeBatch();
                        latest.executeBatch();
                    }
                    return null;
                });
    }

    /** Columns hold no NaN, which {@code is_nan} marks, and as MLflow's store does no infinity. */
    private static double stored(double value) {
        return Double.isNaN(value) ? 0 : Math.max(-MOST, Math.min(MOST, value));
    }

    @Override
    public void setParams(String runId, Map<String, String> params)
            throws UnavailableException, RefusedException {
        transact(
                () -> {
                    for (var param : params.entrySet()) {
                        update(
                                "INSERT OR IGNORE INTO params (\"key\", value, run_uuid)"
                                        + " VALUES (?, ?, ?)",
                                param.getKey(),
                                param.getValue(),
                                runId);
                        String kept =
                                texts(
                                                "SELECT value FROM params WHERE \"key\" = ? AND"
                                                        + " run_uuid = ?",
                                                param.getKey(),
                                                runId)
                                        .get(0);
                        if (!kept.equals(param.getValue())) {
                            throw new RefusedException(
                                    "parameter "
                                            + param.getKey()
                                            + " is "
                                            + kept
                                            + " already and may not become "
                                            + param.getValue());
                        }
                    }
                    return null;
                });
    }

    @Override
    public void setTags(String runId, Map<String, String> tags)
            throws UnavailableException, RefusedException {
        transact(
                () -> {
                    insertTags(runId, tags);
                    return null;
                });
    }

    private void insertTags(String runId, Map<String, String> tags) throws SQLException {
        for (var tag : tags.entrySet()) {
            update(
                    "INSERT INTO tags (\"key\", value, run_uuid) VALUES (?, ?, ?)"
                            + " ON CONFLICT (\"key\", run_uuid) DO UPDATE SET value ="
                            + " excluded.value",
                    tag.getKey(),
                    tag.getValue(),
                    runId);
        }
    }

    @Override
    public void setStatus(String runId, RunStatus status, long time)
            throws UnavailableException, RefusedException {
        transact(
                () ->
                        update(
                                "UPDATE runs SET status = ?, end_time = ? WHERE run_uuid = ?",
                                status.name(),
                                status == RunStatus.RUNNING ? null : time,
                                runId));
    }

    @Override
    public void putArtifact(String runId, String path, Path source)
            throws UnavailableException, RefusedException {
        String place =
                transact(() -> texts("SELECT artifact_uri FROM runs WHERE run_uuid = ?", runId))
                        .stream()
                        .findFirst()
                        .orElseThrow(() -> new RefusedException("there is no run " + runId));
        ArtifactFiles.put(place, path, source, deadline);
    }

    @Override
    public Optional<String> modelVersion(String model, String runId)
            throws UnavailableException, RefusedException {
        return transact(
                () ->
                        texts(
                                        "SELECT version FROM model_versions WHERE name = ? AND"
                                                + " run_id = ?",
                                        model,
                                        runId)
                                .stream()
                                .findFirst());
    }

    @Override
    public String registerModel(
            String model, String runId, String artifact, Map<String, String> tags)
            throws UnavailableException, RefusedException {
        return transact(
                () -> {
                    long now = System.currentTimeMillis();
                    update(
                            "INSERT INTO registered_models (name, creation_time, description)"
                                    + " SELECT ?, ?, '' WHERE NOT EXISTS"
                                    + " (SELECT 1 FROM registered_models WHERE name = ?)",
                            model,
                            now,
                            model);
                    update(
                            "UPDATE registered_models SET last_updated_time = ? WHERE name = ?",
                            now,
                            model);
                    String version =
                            texts(
                                            "SELECT coalesce(max(version), 0) + 1 FROM"
                                                    + " model_versions WHERE name = ?",
                                            model)
                                    .get(0);
                    String source =
                            texts("SELECT artifact_uri FROM runs WHERE run_uuid = ?", runId).get(0)
                                    + "/"
                                    + artifact;
                    update(
                            "INSERT INTO model_versions (name, version, creation_time,"
                                    + " last_updated_time, description, user_id, current_stage,"
                                    + " source, run_id, status, run_link, storage_location) VALUES"
                                    + " (?, ?, ?, ?, '', '', 'None', ?, ?, 'READY', '', ?)",
                            model,
                            Long.parseLong(version),
                            now,
                            now,
                            source,
                            runId,
                            source);
                    for (var tag : tags.entrySet()) {
                        update(
                                "INSERT INTO model_version_tags (\"key\", value, name, version)"
                                        + " VALUES (?, ?, ?, ?)",
                                tag.getKey(),
                                tag.getValue(),
                                model,
                                Long.parseLong(version));
                    }
                    return version;
                });
    }

    @Override
    public List<RunView> runs() throws UnavailableException, RefusedException {
        return transact(
                () -> {
                    List<RunView> runs = new ArrayList<>();
                    try (PreparedStatement select =
                                    connection.prepareStatement(
                                            "SELECT r.run_uuid, e.name, r.name, r.status,"
                                                    + " r.start_time, r.end_time, r.artifact_uri FROM"
                                                    + " runs r JOIN experiments e ON e.experiment_id ="
                                                    + " r.experiment_id WHERE r.lifecycle_stage ="
                                                    + " 'active' ORDER BY r.start_time DESC,"
                                                    + " r.run_uuid");
                            ResultSet row = select.executeQuery()) {
                        while (row.next()) {
                            long end = row.getLong(6);
                            OptionalLong ended =
                                    row.wasNull() ? OptionalLong.empty() : OptionalLong.of(end);
                            String id = row.getString(1);
                            runs.add(
                                    new RunView(
                                            id,
                                            row.getString(2),
                                            row.getString(3),
                                            RunStatus.valueOf(row.getString(4)),
                                            row.getLong(5),
                                            ended,
                                            row.getString(7),
                                            pairs("params", id),
                                            pairs("tags", id),
                                            latestOf(id)));
                        }
                    }
                    return runs;
                });
    }

    private Map<String, String> pairs(String table, String runId) throws SQLException {
        Map<String, String> pairs = new LinkedHashMap<>();
        String sql = "SELECT \"key\", value FROM " + table + " WHERE run_uuid = ? ORDER BY \"key\"";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, runId);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    pairs.put(row.getString(1), row.getString(2));
                }
            }
        }
        return pairs;
    }

    @Override
    public List<Point> history(String runId, String key)
            throws UnavailableException, RefusedException {
        return transact(
                () ->
                        points(
                                "SELECT \"key\", value, timestamp, step, is_nan FROM metrics WHERE"
                                        + " run_uuid = ? AND \"key\" = ? ORDER BY step, timestamp",
                                runId,
                                key));
    }

    private List<Point> points(String sql, Object... values) throws SQLException {
        List<Point> points = new ArrayList<>();
        try (PreparedStatement select = bind(sql, values);
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                double value = row.getBoolean(5) ? Double.NaN : row.getDouble(2);
                points.add(new Point(row.getString(1), value, row.getLong(3), row.getLong(4)));
            }
        }
        return points;
    }

    private List<String> texts(String sql, Object... values) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (PreparedStatement select = bind(sql, values);
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                texts.add(row.getString(1));
            }
        }
        return texts;
    }

    private int update(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = bind(sql, values)) {
            return statement.executeUpdate();
        }
    }

    private PreparedStatement bind(String sql, Object... values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
    }

    private <T> T transact(Work<T> work) throws UnavailableException, RefusedException {
        try {
            connection.setAutoCommit(false);
            try {
                T result = work.run();
                connection.commit();
                return result;
            } catch (SQLException | RefusedException | RuntimeException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        } catch (SQLiteException e) {
            if (e.getResultCode() == SQLiteErrorCode.SQLITE_CONSTRAINT_FOREIGNKEY) {
                throw new RefusedException(file + " has no such run: " + e.getMessage());
            }
            throw new UnavailableException(file + ": " + e.getMessage(), e);
        } catch (SQLException e) {
            throw new UnavailableException(file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException unimportant) {
            return; // every transaction was committed or rolled back
        }
    }
}
