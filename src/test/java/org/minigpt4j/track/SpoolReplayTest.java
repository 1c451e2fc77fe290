package org.minigpt4j.track;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.track.store.StubServer;
import org.minigpt4j.track.store.StubServer.Fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Leftovers, and runs that come back for them. */
class SpoolReplayTest {

    @TempDir private Path temp;

    private static TrackerSettings settings(StubServer server, Duration timeout) {
        return new TrackerSettings(
                server.uri(), "task", "a run", timeout, Duration.ZERO, SpoolSenderTest.TOKEN);
    }

    private static SpoolReplay replay(Duration timeout) {
        return new SpoolReplay(SpoolSenderTest.TOKEN, timeout);
    }

    private List<SpoolReplay.Outcome> sync(Duration timeout) {
        try {
            return replay(timeout).deliverBelow(temp, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RunFile run(String key, StubServer server) {
        RunFile run =
                new RunFile(server.uri(), "task", "run " + key, key, 1000, "me", null, null, null);
        return RunSeal.seal(run, SpoolSenderTest.TOKEN);
    }

    /** A run that left so many entries, each of which takes a request. */
    private Path leftovers(String output, StubServer server, int entries) throws Exception {
        RunFile run = run(output, server);
        Path folder = run.folder(temp.resolve(output));
        try (TrackedFolder tracked = TrackedFolder.make(folder, run)) {
            List<Entry> all = new ArrayList<>();
            for (int i = 0; i < entries; i++) {
                all.add(new Entry.Tags(Map.of("t" + i, "v")));
            }
            tracked.spool().append(all);
        }
        return folder;
    }

    @Test
    void aRunThatIsResumedWhileItsLeftoversHangStaysOneRun() throws Exception {
        Fault[] fault = {Fault.NONE};
        try (StubServer server = new StubServer(() -> fault[0], 0)) {
            TrackerSettings settings = settings(server, Duration.ofSeconds(60));
            Path output = temp.resolve("out");
            try (Tracker first = Tracker.open(output, settings, Optional.empty(), true)) {
                first.points(1, Map.of("loss", 1.0));
            }
            Path folder = RunFile.folders(output).get(0);
            try (TrackedFolder tracked = TrackedFolder.take(folder).orElseThrow()) {
                tracked.spool().append(List.of(new Entry.Tags(Map.of("left", "yes"))));
            }
            fault[0] = Fault.HANG;
            int before = server.requests;
            var sync = CompletableFuture.supplyAsync(() -> sync(Duration.ofSeconds(2)));
            awaitRequests(server, before + 1);
            fault[0] = Fault.NONE;
            Tracker resumed = Tracker.open(output, settings, Optional.empty(), false);
            resumed.points(2, Map.of("loss", 0.5));
            resumed.close();
            assertEquals(1, sync.get().size());
            assertEquals(Optional.empty(), resumed.complaint());
            assertEquals(List.of(folder), RunFile.folders(output));
            assertEquals(2, server.onlyRun().history("loss").size());
            assertEquals("yes", server.onlyRun().tags.get("left"));
            assertEquals(0, server.duplicates);
        }
    }

    private static void awaitRequests(StubServer server, int requests) {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (true) {
            synchronized (server) {
                if (server.requests >= requests) {
                    return;
                }
            }
            assertTrue(System.nanoTime() < end, "no request");
            Thread.onSpinWait();
        }
    }

    @Test
    void whoeverDeliversPutsTheFolderDownForItsRun() throws Exception {
        int entries = 3000;
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            Path folder = leftovers("out", server, entries);
            var sync = CompletableFuture.supplyAsync(() -> sync(Duration.ofSeconds(60)));
            awaitRequests(server, 5);
            try (TrackedFolder taken =
                    TrackedFolder.await(folder, Duration.ofMinutes(2)).orElseThrow()) {
                long left = taken.spool().pending();
                assertTrue(left > 0 && left < entries, left + " left");
                SpoolReplay.Outcome outcome = sync.get().get(0);
                assertEquals(entries - left, outcome.sent());
                assertEquals(0, outcome.left());
                assertTrue(outcome.problem().orElseThrow().contains("sends its own records"));
            }
            // Whoever waited is gone, so the next one delivers.
            assertFalse(TrackedFolder.take(folder).orElseThrow().isWanted());
        }
    }

    @Test
    void aFolderIsTakenBeforeItLooksLikeARun() throws Exception {
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            RunFile run = run("key", server);
            Path folder = run.folder(temp.resolve("out"));
            Files.createDirectories(folder);
            try (FileChannel somebody =
                    FileChannel.open(
                            folder.resolve("lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE)) {
                somebody.lock();
                assertThrows(IOException.class, () -> TrackedFolder.make(folder, run));
                assertEquals(List.of(), RunFile.folders(temp.resolve("out")), "is to be seen");
            }
            TrackedFolder.make(folder, run).close();
            assertEquals(List.of(folder), RunFile.folders(temp.resolve("out")));
        }
    }

    @Test
    void whatCannotBeReadIsSaidAndTheOthersAreSent() throws Exception {
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            Path noNote = leftovers("a", server, 1);
            Files.writeString(noNote.resolve("acknowledged.json"), "");
            Path noRun = leftovers("b", server, 1);
            Files.writeString(noRun.resolve("run.json"), "{");
            leftovers("c", server, 3);
            List<SpoolReplay.Outcome> outcomes = sync(Duration.ofSeconds(60));
            assertEquals(
                    List.of(false, false, true),
                    outcomes.stream().map(SpoolReplay.Outcome::readable).toList());
            assertTrue(outcomes.get(0).problem().orElseThrow().contains("acknowledged.json"));
            assertTrue(outcomes.get(1).problem().orElseThrow().contains("run.json"));
            assertEquals(3, outcomes.get(2).sent());
        }
    }
}
