package org.minigpt4j.track.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The tables of MLflow 2.17.2. Later versions of MLflow upgrade them when they open the file. */
final class SqliteSchema {

    private static final String VERSION = "2.17.2";

    private static final Map<String, Set<String>> WRITTEN =
            Map.of(
                    "experiments",
                    Set.of("experiment_id", "name", "artifact_location", "lifecycle_stage"),
                    "runs",
                    Set.of(
                            "run_uuid",
                            "name",
                            "source_type",
                            "user_id",
                            "status",
                            "start_time",
                            "end_time",
                            "lifecycle_stage",
                            "artifact_uri",
                            "experiment_id"),
                    "metrics",
                    Set.of("key", "value", "timestamp", "run_uuid", "step", "is_nan"),
                    "latest_metrics",
                    Set.of("key", "value", "timestamp", "run_uuid", "step", "is_nan"),
                    "params",
                    Set.of("key", "value", "run_uuid"),
                    "tags",
                    Set.of("key", "value", "run_uuid"),
                    "datasets",
                    Set.of(
                            "dataset_uuid",
                            "experiment_id",
                            "name",
                            "digest",
                            "dataset_source_type",
                            "dataset_source",
                            "dataset_schema"),
                    "inputs",
                    Set.of(
                            "input_uuid",
                            "source_type",
                            "source_id",
                            "destination_type",
                            "destination_id"),
                    "input_tags",
                    Set.of("input_uuid", "name", "value"));

    private SqliteSchema() {}

    /**
     * Creates the tables in an empty file. This is one transaction, so exactly one of several
     * processes does it, and a killed process leaves no partial tables.
     *
     * @throws SQLException if the file has other tables; one that a later version of MLflow
     *     upgraded is accepted as long as it takes the rows that this program writes
     */
    static void make(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            boolean made = false;
            try {
                if (count(statement, "SELECT count(*) FROM sqlite_master") == 0) {
                    for (String sql : statements()) {
                        statement.execute(sql);
                    }
                }
                statement.execute("COMMIT");
                made = true;
            } finally {
                if (!made) {
                    statement.execute("ROLLBACK");
                }
            }
            check(statement);
        }
    }

    /**
     * Checks that the tables exist.
     *
     * @throws SQLException if they do not, see {@link #make}
     */
    static void check(Statement statement) throws SQLException {
        for (var table : WRITTEN.entrySet()) {
            Set<String> columns = new HashSet<>();
            Set<String> required = new HashSet<>();
            try (ResultSet column =
                    statement.executeQuery("PRAGMA table_info(" + table.getKey() + ")")) {
                while (column.next()) {
                    String name = column.getString("name");
                    columns.add(name);
                    if (column.getBoolean("notnull") && column.getString("dflt_value") == null) {
                        required.add(name);
                    }
                }
            }
            required.removeAll(table.getValue());
            if (!columns.containsAll(table.getValue()) || !required.isEmpty()) {
                throw new SQLException(
                        "has no table "
                                + table.getKey()
                                + " as MLflow "
                                + VERSION
                                + " creates it; use another file, or the http address of a server"
                                + " that uses this file");
            }
        }
    }

    private static int count(Statement statement, String sql) throws SQLException {
        try (ResultSet counted = statement.executeQuery(sql)) {
            return counted.next() ? counted.getInt(1) : 0;
        }
    }

    private static String[] statements() {
        try (InputStream in = SqliteSchema.class.getResourceAsStream("schema.sql")) {
            String text =
                    new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            return text.replaceAll("(?m)^--.*\n", "").strip().split(";\n\\s*");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
