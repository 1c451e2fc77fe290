package org.minigpt4j.track;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.track.store.Point;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.track.store.RunView;
import org.minigpt4j.track.store.StoreAddress;
import org.minigpt4j.track.store.StubServer;
import org.minigpt4j.track.store.StubServer.Fault;
import org.minigpt4j.track.store.TrackingStore;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;

class TrackerTest {

    private static final TrackingEnvironment TOKEN = SpoolSenderTest.TOKEN;

    private static final String NOTHING_SENT =
            "{\"next\": {\"segment\": 1, \"offset\": 0}, \"steps\": {}, \"status\": \"RUNNING\"}";

    @TempDir private Path temp;

    private static TrackerSettings settings(String uri, Duration timeout) {
        return new TrackerSettings(uri, "task", "a [good] run", timeout, Duration.ZERO, TOKEN);
    }

    private Tracker open(String output, String uri, Optional<Path> from, boolean anew) {
        return Tracker.open(
                temp.resolve(output), settings(uri, Duration.ofSeconds(60)), from, anew);
    }

    private String sqlite() {
        return StoreAddress.of(temp.resolve("mlflow.db"));
    }

    private List<RunView> runs() throws Exception {
        try (TrackingStore store = StoreAddress.open(sqlite(), TOKEN, Duration.ofSeconds(60))) {
            return store.runs();
        }
    }

    private List<Long> steps(String runId) throws Exception {
        try (TrackingStore store = StoreAddress.open(sqlite(), TOKEN, Duration.ofSeconds(60))) {
            return store.history(runId, "loss").stream().map(Point::step).toList();
        }
    }

    private static void tell(Tracker tracker, long from, long to) {
        for (long step = from; step <= to; step++) {
            tracker.points(step, Map.of("loss", 1.0 / step));
        }
    }

    @Test
    void aResumedRunGoesOnAndASecondStageNamesTheFirst() throws Exception {
        try (Tracker first = open("stage1", sqlite(), Optional.empty(), true)) {
            first.params(Map.of("lr", "1"));
            tell(first, 1, 10);
        }
        assertEquals(RunStatus.KILLED, runs().get(0).status());
        try (Tracker resumed = open("stage1", sqlite(), Optional.empty(), false)) {
            tell(resumed, 6, 12);
            resumed.end(RunStatus.FINISHED);
        }
        RunView stage1 = runs().get(0);
        assertEquals(1, runs().size());
        assertEquals(RunStatus.FINISHED, stage1.status());
        assertEquals(LongStream.rangeClosed(1, 12).boxed().toList(), steps(stage1.id()));
        try (Tracker second = open("stage2", sqlite(), Optional.of(temp.resolve("stage1")), true)) {
            second.end(RunStatus.FINISHED);
        }
        RunView stage2 =
                runs().stream().filter(run -> !run.id().equals(stage1.id())).findFirst().get();
        assertEquals(stage1.id(), stage2.tags().get("minigpt4j.from_run"));
        assertEquals(
                "Started from the projection of [a \\[good\\] run](#/runs/" + stage1.id() + ").",
                stage2.tags().get("mlflow.note.content"));
        assertFalse(stage1.tags().containsKey("mlflow.note.content"));
    }

    @Test
    void aRunOfAnotherStoreIsNamedWithoutALinkThatWouldLeadNowhere() throws Exception {
        open("stage1", StoreAddress.of(temp.resolve("other.db")), Optional.empty(), true).close();
        open("stage2", sqlite(), Optional.of(temp.resolve("stage1")), true).close();
        Map<String, String> tags = runs().get(0).tags();
        assertTrue(tags.containsKey("minigpt4j.from_run"), tags.toString());
        assertFalse(tags.containsKey("mlflow.note.content"), tags.toString());
    }

    @Test
    void metricsAreStoredInTheOrderInWhichTheyAreToldFirst() throws Exception {
        Map<String, Double> values = new LinkedHashMap<>();
        for (String name : "loss lr grad_norm scale skipped samples_per_s mfu data_s".split(" ")) {
            values.put(name, 1.0);
        }
        try (Tracker tracker = open("out", sqlite(), Optional.empty(), true)) {
            tracker.points(1, values);
            tracker.points(2, Map.of("epoch_loss", 2.0));
            tracker.points(3, values);
        }
        List<String> stored = new ArrayList<>();
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + temp.resolve("mlflow.db"));
                Statement statement = connection.createStatement();
                // As MLflow's server asks for them.
                ResultSet row = statement.executeQuery("SELECT \"key\" FROM latest_metrics")) {
            while (row.next()) {
                stored.add(row.getString(1));
            }
        }
        List<String> told = new ArrayList<>(values.keySet());
        told.add("epoch_loss");
        assertEquals(told, stored);
    }

    @Test
    void aRunBegunAnewIsAnotherOne() throws Exception {
        open("out", sqlite(), Optional.empty(), true).close();
        try (Tracker again = open("out", sqlite(), Optional.empty(), true)) {
            again.end(RunStatus.FINISHED);
        }
        assertEquals(2, runs().size());
    }

    @Test
    void aServerThatIsDownHoldsNobodyUpAndGetsEverythingLater() throws Exception {
        int steps = 20_000; // more than the queue holds
        String uri;
        try (ServerSocket nobody = new ServerSocket(0)) {
            uri = "http://127.0.0.1:" + nobody.getLocalPort();
        }
        Tracker tracker =
                Tracker.open(
                        temp.resolve("out"),
                        settings(uri, Duration.ofSeconds(5)),
                        Optional.empty(),
                        true);
        tell(tracker, 1, steps);
        tracker.end(RunStatus.FINISHED);
        tracker.close();
        assertTrue(tracker.complaint().orElseThrow().contains("launch/track sync"));
        List<SpoolReplay.Outcome> outcomes =
                new SpoolReplay(TOKEN, Duration.ofMillis(500)).deliverBelow(temp, false);
        assertEquals(1, outcomes.size());
        assertTrue(outcomes.get(0).problem().isPresent());
        assertEquals(steps + 1, outcomes.get(0).left());
    }

    @Test
    void whatOneRunCouldNotSendTheNextOneSends() throws Exception {
        boolean[] down = {true};
        try (StubServer server = new StubServer(() -> down[0] ? Fault.ERROR : Fault.NONE, 0)) {
            Tracker first =
                    Tracker.open(
                            temp.resolve("first"),
                            settings(server.uri(), Duration.ofSeconds(5)),
                            Optional.empty(),
                            true);
            tell(first, 1, 3000);
            first.close();
            assertTrue(first.complaint().isPresent());
            down[0] = false;
            Tracker second = open("second", server.uri(), Optional.empty(), true);
            second.close();
            assertEquals(Optional.empty(), second.complaint());
            StubServer.Run run =
                    server.runs.values().stream()
                            .filter(r -> !r.metrics.isEmpty())
                            .findFirst()
                            .orElseThrow();
            assertEquals(3000, run.history("loss").size());
            assertEquals("KILLED", run.status());
            assertEquals(0, server.duplicates);
            assertEquals(List.of(), server.complaints);
        }
    }

    @Test
    void aHungServerDoesNotHoldUpWhoeverTellsMoreThanTheQueueHolds() throws Exception {
        Duration deadline = Duration.ofSeconds(3);
        try (StubServer server = new StubServer(() -> Fault.HANG, 0)) {
            Tracker tracker = hungUpon(server, "out", deadline);
            long begin = System.nanoTime();
            for (long step = 1; step <= 30_000; step++) {
                tracker.points(step, Map.of("loss", 1.0));
            }
            Duration telling = Duration.ofNanos(System.nanoTime() - begin);
            // Whoever waited for room in the queue would wait a second for each 4,096 of them.
            assertTrue(telling.compareTo(deadline) < 0, "telling took " + telling);
            tracker.close();
            try (Spool spool = Spool.open(tracker.scratch())) {
                assertEquals(30_001, spool.pending());
            }
        }
    }

    private static void awaitLines(Path file, int lines) throws IOException {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (Files.readAllLines(file).size() < lines) {
            assertTrue(System.nanoTime() < end, "not yet in " + file);
            Thread.onSpinWait();
        }
    }

    private Tracker hungUpon(StubServer server, String output, Duration deadline) {
        return Tracker.open(
                temp.resolve(output), settings(server.uri(), deadline), Optional.empty(), true);
    }

    @Test
    void whatIsToldReachesTheDiskWhileLeftoversHang() throws Exception {
        Fault[] fault = {Fault.ERROR};
        try (StubServer server = new StubServer(() -> fault[0], 0)) {
            for (int i = 0; i < 4; i++) {
                Tracker neighbour = hungUpon(server, "earlier" + i, Duration.ofMillis(200));
                tell(neighbour, 1, 5);
                neighbour.close();
            }
            fault[0] = Fault.HANG;
            int before = server.requests;
            Tracker tracker = hungUpon(server, "out", Duration.ofSeconds(5));
            tell(tracker, 1, 100);
            Path spool = tracker.scratch().resolve("spool-00000001.jsonl");
            awaitLines(spool, 100);
            assertTrue(server.requests <= before + 1, "leftovers do not hang any more");
            fault[0] = Fault.NONE;
            tracker.close();
            assertEquals(Optional.empty(), tracker.complaint());
        }
    }

    @Test
    void whatWasToldIsOnDiskWhenTheTrackerIsClosedWhileLeftoversHang() throws Exception {
        boolean[] hung = {false};
        Duration deadline = Duration.ofMillis(600);
        try (StubServer server = new StubServer(() -> hung[0] ? Fault.HANG : Fault.ERROR, 0)) {
            for (int i = 0; i < 8; i++) {
                Tracker neighbour = hungUpon(server, "earlier" + i, Duration.ofMillis(200));
                tell(neighbour, 1, 5);
                neighbour.close();
            }
            hung[0] = true;
            Tracker tracker = hungUpon(server, "out", deadline);
            tell(tracker, 1, 100);
            tracker.close();
            assertTrue(tracker.complaint().isPresent());
            Path spool = tracker.scratch().resolve("spool-00000001.jsonl");
            assertEquals(101, Files.readAllLines(spool).size());
        }
    }

    @Test
    void whatIsWrongWithANeighbourKeepsNothingFromTheStore() throws Exception {
        for (String note : List.of("", "{}", "nothing of the kind")) {
            open("earlier" + note.length(), sqlite(), Optional.empty(), true).close();
            Path tracking = temp.resolve("earlier" + note.length()).resolve("tracking");
            Path folder = RunFile.folders(tracking.getParent()).get(0);
            Files.writeString(folder.resolve("acknowledged.json"), note);
        }
        int before = runs().size();
        Tracker tracker = open("out", sqlite(), Optional.empty(), true);
        tell(tracker, 1, 10);
        tracker.end(RunStatus.FINISHED);
        tracker.close();
        assertEquals(Optional.empty(), tracker.complaint());
        assertEquals(before + 1, runs().size());
        assertEquals(10, steps(tracker.runId().orElseThrow()).size());
    }

    @Test
    void anArtifactToldTwiceBeforeItIsSentArrivesAsItWasLast() throws Exception {
        Tracker tracker = open("out", sqlite(), Optional.empty(), true);
        tracker.artifact("pages/samples.html", "before".getBytes(StandardCharsets.UTF_8));
        tracker.artifact("pages/samples.html", "after".getBytes(StandardCharsets.UTF_8));
        tracker.end(RunStatus.FINISHED);
        tracker.close();
        assertEquals(Optional.empty(), tracker.complaint());
        assertFalse(Files.exists(tracker.scratch().resolve("rejected.jsonl")));
        try (Stream<Path> left = Files.list(tracker.scratch().resolve("artifacts"))) {
            assertEquals(List.of(), left.toList());
        }
        Path page = Path.of(runs().get(0).artifactUri()).resolve("pages/samples.html");
        assertEquals("after", Files.readString(page));
    }

    @Test
    void whatIsFlushedIsOnDiskAtOnce() throws Exception {
        try (Tracker tracker = open("out", sqlite(), Optional.empty(), true)) {
            tell(tracker, 1, 3);
            tracker.flush();
            try (Stream<Path> files = Files.list(tracker.scratch())) {
                Path spool = files.filter(f -> f.toString().endsWith(".jsonl")).findFirst().get();
                assertEquals(3, Files.readAllLines(spool).size());
            }
        }
    }

    @Test
    void aDamagedRecordIsSetAsideAndTheRunRecordedAnew() throws Exception {
        for (String file : List.of("run.json", "acknowledged.json", "spool-00000001.jsonl")) {
            String output = "out of " + file;
            try (Tracker first = open(output, sqlite(), Optional.empty(), true)) {
                tell(first, 1, 10);
            }
            int before = runs().size();
            Path damaged = RunFile.folders(temp.resolve(output)).get(0);
            Files.writeString(damaged.resolve("acknowledged.json"), NOTHING_SENT);
            Files.writeString(damaged.resolve(file), "points\n");
            Tracker resumed = open(output, sqlite(), Optional.empty(), false);
            tell(resumed, 6, 12);
            resumed.close();
            assertEquals(Optional.empty(), resumed.complaint(), file);
            assertEquals(before + 1, runs().size(), file);
            assertEquals(
                    LongStream.rangeClosed(6, 12).boxed().toList(),
                    steps(resumed.runId().orElseThrow()),
                    file);
            Path aside = damaged.resolveSibling("damaged").resolve(damaged.getFileName());
            assertTrue(Files.exists(aside.resolve(file)), file);
        }
    }

    @Test
    void anAddressThatIsNoneIsTheUsersMistake() throws IOException {
        var mistake =
                assertThrows(
                        UsageException.class,
                        () -> open("out", "ftp://somewhere", Optional.empty(), true));
        assertTrue(mistake.getMessage().contains("sqlite:///"), mistake.getMessage());
    }
}
