package org.minigpt4j.track.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Resources;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The embedded store, against an empty one of MLflow's own and with MLflow's own queries. */
class SqliteStoreTest {

    private static final Duration DEADLINE = Duration.ofSeconds(10);

    @TempDir private Path temp;

    private static NewRun run(String name) {
        return new NewRun("task", name, "key of " + name, 1000, "me", Map.of("a", "tag"));
    }

    private SqliteStore open() throws UnavailableException {
        return SqliteStore.open(temp.resolve("mlflow.db"), DEADLINE);
    }

    private List<String> query(Path file, String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                List<String> fields = new ArrayList<>();
                for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                    fields.add(row.getString(i));
                }
                rows.add(String.join("|", fields));
            }
        }
        return rows;
    }

    private List<String> query(String sql) throws SQLException {
        return query(temp.resolve("mlflow.db"), sql);
    }

    /** Its artifacts' places and parameters are nobody else's business. */
    @Test
    void theFileAndWhatSqliteKeepsBesideItAreTheOwnersAlone() throws Exception {
        Assumptions.assumeTrue(
                Files.getFileStore(temp).supportsFileAttributeView(PosixFileAttributeView.class));
        try (SqliteStore store = open()) {
            store.createRun(run("a"));
            try (var files = Files.list(temp)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    assertEquals(
                            "rw-------",
                            PosixFilePermissions.toString(Files.getPosixFilePermissions(file)),
                            file.toString());
                }
            }
        }
        // One that somebody shared on purpose stays shared.
        Path file = temp.resolve("mlflow.db");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        open().close();
        assertEquals(
                "rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void hasTheTablesColumnsKeysAndIndexesOfMlflows() throws Exception {
        Path empty =
                Files.copy(
                        Resources.path("org/minigpt4j/track/empty-2.17.2.db"),
                        temp.resolve("empty.db"));
        open().close();
        Path ours = temp.resolve("mlflow.db");
        Map<String, List<String>> expected = structure(empty);
        Map<String, List<String>> found = structure(ours);
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((what, rows) -> assertEquals(rows, found.get(what), what));
        assertTrue(expected.size() > 60, "only " + expected.size() + " things compared");
        assertEquals(
                query(empty, "SELECT * FROM alembic_version"),
                query(ours, "SELECT * FROM alembic_version"));
    }

    /** Columns, foreign keys, indexes and constraints by table; order of columns included. */
    private Map<String, List<String>> structure(Path file) throws SQLException {
        Map<String, List<String>> structure = new TreeMap<>();
        for (String table : query(file, "SELECT name FROM sqlite_master WHERE type = 'table'")) {
            for (String about : List.of("table_info", "foreign_key_list")) {
                structure.put(
                        about + " " + table, query(file, "PRAGMA " + about + "('" + table + "')"));
            }
            List<String> indexes = new ArrayList<>();
            for (String index :
                    query(
                            file,
                            "SELECT name || ' ' || \"unique\" || ' ' || origin FROM"
                                    + " pragma_index_list('"
                                    + table
                                    + "') ORDER BY name")) {
                String name = index.substring(0, index.indexOf(' '));
                indexes.add(index + query(file, "PRAGMA index_xinfo('" + name + "')"));
            }
            structure.put("indexes " + table, indexes);
            structure.put(
                    "constraints " + table,
                    List.of(
                            query(
                                            file,
                                            "SELECT sql FROM sqlite_master WHERE name = '"
                                                    + table
                                                    + "'")
                                    .get(0)
                                    .replaceAll("\\s+", " ")));
        }
        return structure;
    }

    @Test
    void rowsAreThoseThatMlflowsQueriesExpect() throws Exception {
        String id;
        try (SqliteStore store = open()) {
            id = store.createRun(run("first"));
            store.setParams(id, Map.of("lr", "0.1"));
            store.log(
                    id,
                    List.of(
                            new Point("loss", 3, 10, 1),
                            new Point("loss", 2, 20, 2),
                            new Point("odd", Double.NaN, 20, 2),
                            new Point("high", Double.POSITIVE_INFINITY, 20, 2)));
            store.setStatus(id, RunStatus.FINISHED, 5000);
        }
        assertEquals(
                List.of("0|Default|active", "1|task|active"),
                query("SELECT experiment_id, name, lifecycle_stage FROM experiments"));
        // SqlAlchemyStore._get_run and the tables that it loads with it.
        assertEquals(
                List.of(
                        id
                                + "|first|UNKNOWN|||me|FINISHED|1000|5000||active|"
                                + temp.toAbsolutePath()
                                + "/mlartifacts/1/"
                                + id
                                + "/artifacts|1|null"),
                query(
                        "SELECT run_uuid, name, source_type, source_name, entry_point_name,"
                                + " user_id, status, start_time, end_time, source_version,"
                                + " lifecycle_stage, artifact_uri, experiment_id, deleted_time"
                                + " FROM runs"));
        assertEquals(
                List.of("high|1|0", "loss|2.0|0", "odd|0.0|1"),
                query(
                        "SELECT \"key\", iif(value = 1.7976931348623157e308, 1, value), is_nan"
                                + " FROM latest_metrics ORDER BY \"key\""));
        assertEquals(
                List.of("loss|3.0|10|1", "loss|2.0|20|2"),
                query(
                        "SELECT \"key\", value, timestamp, step FROM metrics WHERE \"key\" = 'loss'"
                                + " ORDER BY timestamp, step, value"));
        assertEquals(List.of("lr|0.1"), query("SELECT \"key\", value FROM params"));
        assertEquals(
                List.of(
                        "a|tag",
                        "minigpt4j.run_key|key of first",
                        "mlflow.runName|first",
                        "mlflow.user|me"),
                query("SELECT \"key\", value FROM tags ORDER BY \"key\""));
        assertEquals(List.of(), query("PRAGMA foreign_key_check"));
        assertEquals(List.of("ok"), query("PRAGMA integrity_check"));
        assertEquals(List.of("wal"), query("PRAGMA journal_mode"));
    }

    @Test
    void runsOfAnExperimentShareTheDataSetsThatTheyReadAndEachIsThereOnce() throws Exception {
        RunInput laion = RunInput.at("/data/laion", "laion", "0123abcd", "{}", "training");
        RunInput other = RunInput.at("hdfs://host/sbu", "sbu", "4567abcd", "{}", "validation");
        String first;
        String second;
        try (SqliteStore store = open()) {
            first = store.createRun(run("first"));
            second = store.createRun(run("second"));
            store.addInputs(first, List.of(other, laion));
            store.addInputs(first, List.of(laion));
            store.addInputs(second, List.of(laion));
            Map<String, List<RunInput>> read = new TreeMap<>();
            store.runs().forEach(run -> read.put(run.id(), run.inputs()));
            assertEquals(Map.of(first, List.of(laion, other), second, List.of(laion)), read);
            assertThrows(RefusedException.class, () -> store.addInputs("none", List.of(laion)));
        }
        // SqlAlchemyStore._get_run_inputs.
        assertEquals(
                List.of(
                        "laion|0123abcd|local|{\"uri\":\"/data/laion\"}|{}|null|training",
                        "sbu|4567abcd|hdfs|{\"uri\":\"hdfs://host/sbu\"}|{}|null|validation"),
                query(
                        "SELECT d.name, d.digest, d.dataset_source_type, d.dataset_source,"
                                + " d.dataset_schema, d.dataset_profile, t.value FROM datasets d"
                                + " JOIN inputs i ON i.source_id = d.dataset_uuid JOIN input_tags"
                                + " t ON t.input_uuid = i.input_uuid WHERE i.source_type ="
                                + " 'DATASET' AND i.destination_type = 'RUN' AND t.name ="
                                + " 'mlflow.data.context' AND i.destination_id = '"
                                + first
                                + "' ORDER BY d.name"));
        assertEquals(
                List.of("2|3|3"),
                query(
                        "SELECT (SELECT count(*) FROM datasets), (SELECT"
                                + " count(*) FROM inputs), (SELECT count(*) FROM input_tags)"));
    }

    @Test
    void latestIsThePointOfTheHighestStepWhateverTheOrder() throws Exception {
        try (SqliteStore store = open()) {
            String id = store.createRun(run("r"));
            store.log(id, List.of(new Point("loss", 5, 10, 7), new Point("loss", 9, 20, 3)));
            store.log(id, List.of(new Point("loss", 4, 30, 6)));
            assertEquals(new Point("loss", 5, 10, 7), store.latest(id).get("loss"));
            assertEquals(
                    List.of(3L, 6L, 7L),
                    store.history(id, "loss").stream().map(Point::step).toList());
        }
    }

    @Test
    void aPointSentTwiceIsThereOnce() throws Exception {
        try (SqliteStore store = open()) {
            String id = store.createRun(run("r"));
            Point point = new Point("loss", 5, 10, 7);
            store.log(id, List.of(point));
            store.log(id, List.of(point));
            assertEquals(List.of(point), store.history(id, "loss"));
        }
    }

    @Test
    void aChangedParameterIsRefused() throws Exception {
        try (SqliteStore store = open()) {
            String id = store.createRun(run("r"));
            store.setParams(id, Map.of("lr", "1"));
            store.setParams(id, Map.of("lr", "1"));
            var refused =
                    assertThrows(
                            RefusedException.class,
                            () -> store.setParams(id, Map.of("lr", "2", "new", "x")));
            assertTrue(refused.getMessage().contains("lr"), refused.getMessage());
            assertEquals(Map.of("lr", "1"), store.runs().get(0).params());
        }
    }

    @Test
    void aRunIsFoundByItsKey() throws Exception {
        try (SqliteStore store = open()) {
            assertTrue(store.findRun("task", "key of r").isEmpty());
            String id = store.createRun(run("r"));
            assertEquals(id, store.findRun("task", "key of r").orElseThrow());
        }
    }

    @Test
    void artifactsLieBesideTheStore() throws Exception {
        Path file = Files.writeString(temp.resolve("some.txt"), "content");
        try (SqliteStore store = open()) {
            String id = store.createRun(run("r"));
            store.putArtifact(id, "sub/some.txt", file);
            Path folder = Path.of(store.runs().get(0).artifactUri());
            assertEquals("content", Files.readString(folder.resolve("sub/some.txt")));
        }
    }

    @Test
    void aModelGetsVersions() throws Exception {
        try (SqliteStore store = open()) {
            String first = store.createRun(run("r"));
            String second = store.createRun(run("s"));
            assertTrue(store.modelVersion("projection", first).isEmpty());
            store.registerModel("projection", first, "model", Map.of("loss", "1.5"));
            store.registerModel("projection", second, "model", Map.of());
            assertEquals("1", store.modelVersion("projection", first).orElseThrow());
            assertEquals("2", store.modelVersion("projection", second).orElseThrow());
        }
        assertEquals(
                List.of("1|READY|None", "2|READY|None"),
                query("SELECT version, status, current_stage FROM model_versions"));
        assertEquals(
                List.of("loss|1.5|1"),
                query("SELECT \"key\", value, version FROM model_version_tags"));
    }

    @Test
    void aStoreThatALaterMlflowUpgradedIsWrittenAsLongAsItTakesTheRows() throws Exception {
        open().close();
        execute("UPDATE alembic_version SET version_num = 'later'");
        execute("ALTER TABLE runs ADD COLUMN more VARCHAR(20) DEFAULT 'x' NOT NULL");
        try (SqliteStore store = open()) {
            store.createRun(run("r"));
        }
        execute("ALTER TABLE metrics RENAME COLUMN is_nan TO not_a_number");
        var refused = assertThrows(UnavailableException.class, this::open);
        assertTrue(refused.getMessage().contains("metrics"), refused.getMessage());
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + temp.resolve("mlflow.db"));
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void whatIsNoStoreIsSaidSo() throws Exception {
        Files.writeString(
                temp.resolve("mlflow.db"), "this is a text, and longer than a header".repeat(50));
        var broken = assertThrows(UnavailableException.class, this::open);
        assertTrue(broken.getMessage().contains("mlflow.db"), broken.getMessage());
    }
}
