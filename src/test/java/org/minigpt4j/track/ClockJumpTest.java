package org.minigpt4j.track;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.track.store.Point;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.track.store.StubServer;
import org.minigpt4j.track.store.StubServer.Fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A run that began when the clock was an hour ahead, which somebody then set back. */
class ClockJumpTest {

    private static final long HOUR = Duration.ofHours(1).toMillis();

    /** All that a store which takes nothing is waited for. */
    private static final Duration SOON = Duration.ofSeconds(1);

    @TempDir private Path temp;

    private Tracker open(StubServer server, Duration deadline, boolean anew) {
        TrackerSettings settings =
                new TrackerSettings(
                        server.uri(),
                        "task",
                        "a run",
                        deadline,
                        Duration.ZERO,
                        SpoolSenderTest.TOKEN);
        return Tracker.open(temp.resolve("out"), settings, Optional.empty(), anew);
    }

    private void record(StubServer server, boolean anew, long step) {
        record(server, Duration.ofSeconds(20), anew, step);
    }

    private void record(StubServer server, Duration deadline, boolean anew, long step) {
        try (Tracker tracker = open(server, deadline, anew)) {
            tracker.points(step, Map.of("loss", 1.0 / step));
            tracker.end(RunStatus.FINISHED);
        }
    }

    private RunFile newest() throws IOException {
        return RunFile.newest(temp.resolve("out")).orElseThrow();
    }

    /** As if the run had been started when the clock was ahead. */
    private RunFile startedAhead() throws IOException {
        RunFile run = newest();
        RunFile ahead =
                new RunFile(
                        run.uri(),
                        run.experiment(),
                        run.name(),
                        run.key(),
                        run.started() + HOUR,
                        run.user(),
                        run.from(),
                        run.runId(),
                        run.seal());
        ahead.write(ahead.folder(temp.resolve("out")));
        return ahead;
    }

    @Test
    void theRunThatWasStartedLastIsGoneOnWithAndEndsAfterItBegan() throws Exception {
        try (StubServer away = new StubServer(() -> Fault.ERROR, 0)) {
            record(away, SOON, true, 1);
            RunFile first = startedAhead();
            record(away, SOON, true, 1);
            RunFile second = newest();
            assertTrue(!second.key().equals(first.key()), "the second is the newest");
            assertTrue(second.started() > first.started());
            record(away, SOON, false, 2);
            assertEquals(second.key(), newest().key());
            List<String> spool =
                    Files.readAllLines(
                            second.folder(temp.resolve("out")).resolve("spool-00000001.jsonl"));
            assertEquals(2, spool.stream().filter(line -> line.startsWith("points")).count());
        }
    }

    @Test
    void whatARunTellsIsInTheOrderInWhichItTellsIt() throws Exception {
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            record(server, true, 1);
            RunFile ahead = startedAhead();
            record(server, false, 2);
            StubServer.Run run = server.onlyRun();
            List<Point> points = run.history("loss");
            assertEquals(2, points.size());
            Point last = points.stream().max(Comparator.comparingLong(Point::step)).orElseThrow();
            assertTrue(last.timestamp() >= ahead.started(), "no point is before its run");
            assertTrue(run.info.get("end_time").getAsLong() >= ahead.started(), "nor is its end");
        }
    }
}
