package org.minigpt4j.track;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.track.store.RunView;
import org.minigpt4j.track.store.StoreAddress;
import org.minigpt4j.track.store.StubServer;
import org.minigpt4j.track.store.StubServer.Fault;
import org.minigpt4j.track.store.TrackingStore;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs and experiments that somebody deleted in MLflow, in a file and on a server. */
class DeletedRunTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @TempDir private Path temp;

    private Duration patience = DEADLINE;

    /** What is refused is not waited for. */
    private Optional<String> refused(String uri, String output, boolean anew) {
        patience = Duration.ofSeconds(1);
        Optional<String> complaint = record(uri, output, anew, false);
        patience = DEADLINE;
        return complaint;
    }

    private Optional<String> record(String uri, String output, boolean anew, boolean restore) {
        return record(uri, "task", output, anew, restore);
    }

    private Optional<String> record(
            String uri, String experiment, String output, boolean anew, boolean restore) {
        TrackerSettings settings =
                new TrackerSettings(
                        uri,
                        experiment,
                        output,
                        patience,
                        Duration.ZERO,
                        SpoolSenderTest.TOKEN,
                        restore);
        Tracker tracker = Tracker.open(temp.resolve(output), settings, Optional.empty(), anew);
        tracker.points(1, Map.of("loss", 1.0));
        tracker.close();
        return tracker.complaint();
    }

    private String file() {
        return StoreAddress.of(temp.resolve("mlflow.db"));
    }

    private void sql(String update) throws Exception {
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + temp + "/mlflow.db");
                Statement statement = connection.createStatement()) {
            assertTrue(statement.executeUpdate(update) > 0, update);
        }
    }

    private List<RunView> runs() throws Exception {
        try (TrackingStore store = StoreAddress.open(file(), SpoolSenderTest.TOKEN, DEADLINE)) {
            return store.runs();
        }
    }

    @Test
    void aDeletedExperimentOfAFileGetsNothingUntilItIsRestored() throws Exception {
        assertEquals(Optional.empty(), record(file(), "a", true, false));
        sql("UPDATE experiments SET lifecycle_stage = 'deleted' WHERE name = 'task'");
        assertTrue(refused(file(), "b", true).isPresent());
        assertEquals(List.of(), runs());
        SpoolReplay.Outcome left =
                new SpoolReplay(SpoolSenderTest.TOKEN, DEADLINE)
                        .deliverBelow(temp.resolve("b"), false)
                        .get(0);
        assertTrue(left.problem().orElseThrow().contains("experiment task was deleted"), "" + left);
        assertTrue(left.left() > 0);
        SpoolReplay.restoring(SpoolSenderTest.TOKEN, DEADLINE).deliverBelow(temp, false);
        assertEquals(2, runs().size());
    }

    @Test
    void aRunThatGoesOnInADeletedExperimentOfAFileWaitsForIt() throws Exception {
        record(file(), "a", true, false);
        sql("UPDATE experiments SET lifecycle_stage = 'deleted' WHERE name = 'task'");
        assertTrue(refused(file(), "a", false).isPresent());
        assertEquals(1, rows("metrics"), "the deleted experiment got more");
        assertEquals(1, rows("runs"), "the deleted experiment got a run");
        // Restored in MLflow: nothing that was told is lost.
        sql("UPDATE experiments SET lifecycle_stage = 'active' WHERE name = 'task'");
        new SpoolReplay(SpoolSenderTest.TOKEN, DEADLINE).deliverBelow(temp, false);
        assertTrue(rows("metrics") > 1);
        assertEquals(rows("runs"), runs().size());
    }

    @Test
    void anotherExperimentOfAFileTakesARunWhereOneWasDeleted() throws Exception {
        record(file(), "a", true, false);
        sql("UPDATE experiments SET lifecycle_stage = 'deleted' WHERE name = 'task'");
        assertEquals(Optional.empty(), record(file(), "other", "b", true, false));
        assertEquals(1, runs().size());
        assertEquals("other", runs().get(0).experiment());
    }

    private int rows(String table) throws Exception {
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + temp + "/mlflow.db");
                Statement statement = connection.createStatement();
                var result = statement.executeQuery("SELECT count(*) FROM " + table)) {
            return result.getInt(1);
        }
    }

    @Test
    void theSettingRestoresAnExperimentOfAFileWithItsRuns() throws Exception {
        record(file(), "a", true, false);
        sql("UPDATE experiments SET lifecycle_stage = 'deleted' WHERE name = 'task'");
        sql("UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = 5");
        assertEquals(Optional.empty(), record(file(), "b", true, true));
        assertEquals(2, runs().size());
    }

    @Test
    void aRunOfAFileThatWasDeletedBecomesANewOneOrIsRestored() throws Exception {
        record(file(), "a", true, false);
        String first = runs().get(0).id();
        sql("UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = 5");
        assertEquals(Optional.empty(), record(file(), "a", false, false));
        assertEquals(1, runs().size());
        String second = runs().get(0).id();
        assertFalse(first.equals(second));
        assertEquals(1, runs().get(0).latest().size(), "the new record has what is told again");
        sql("UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = 5");
        assertEquals(Optional.empty(), record(file(), "a", false, true));
        assertEquals(List.of(second), runs().stream().map(RunView::id).toList());
    }

    @Test
    void aDeletedExperimentOfAServerIsToldOrRestored() throws Exception {
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            record(server.uri(), "a", true, false);
            server.deleted.add("task");
            assertTrue(refused(server.uri(), "b", true).isPresent());
            assertEquals(1, server.runs.size());
            assertEquals(Optional.empty(), record(server.uri(), "b", false, true));
            assertEquals(2, server.runs.size());
            assertEquals(List.of(), List.copyOf(server.deleted));
            assertEquals(List.of(), server.complaints);
        }
    }

    @Test
    void aServerThatRestoresNothingIsNotAskedForEver() throws Exception {
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            record(server.uri(), "a", true, true);
            server.deleted.addAll(server.runs.keySet());
            server.staysDeleted = true;
            int before = server.requests;
            record(server.uri(), "a", false, true);
            int asked = server.requests - before;
            assertTrue(asked < 200, asked + " requests for a few entries");
        }
    }

    @Test
    void aRunOfAServerThatWasDeletedBecomesANewOneOrIsRestored() throws Exception {
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            record(server.uri(), "a", true, false);
            String first = server.runs.keySet().iterator().next();
            server.deleted.add(first);
            assertEquals(Optional.empty(), record(server.uri(), "a", false, false));
            assertEquals(2, server.runs.size());
            assertTrue(server.deleted.contains(first));
            server.deleted.addAll(server.runs.keySet());
            assertEquals(Optional.empty(), record(server.uri(), "a", false, true));
            assertEquals(List.of(first), List.copyOf(server.deleted));
            assertEquals(List.of(), server.complaints);
        }
    }

    @Test
    void aRunThatIsDeletedWhileItIsOnKeepsWhatItTells() throws Exception {
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            TrackerSettings settings =
                    new TrackerSettings(
                            server.uri(),
                            "task",
                            "a",
                            DEADLINE,
                            Duration.ZERO,
                            SpoolSenderTest.TOKEN);
            Path output = temp.resolve("a");
            try (Tracker tracker = Tracker.open(output, settings, Optional.empty(), true)) {
                long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
                while (tracker.runId().isEmpty()) {
                    tracker.points(tracker.nextStep("loss"), Map.of("loss", 1.0));
                    tracker.flush();
                    assertTrue(System.nanoTime() < end, "no run");
                    Thread.onSpinWait();
                }
                server.deleted.add(tracker.runId().get());
                tracker.tags(Map.of("late", "yes"));
            }
            SpoolReplay replay = SpoolReplay.restoring(SpoolSenderTest.TOKEN, DEADLINE);
            assertEquals(0, replay.deliverBelow(temp, false).get(0).left());
            assertEquals("yes", server.onlyRun().tags.get("late"));
        }
    }
}
