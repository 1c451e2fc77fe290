package org.minigpt4j.track;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.track.store.StubServer;
import org.minigpt4j.track.store.StubServer.Fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Somebody else's tracking folder beside one's own, and what it may and may not have done. */
class ForeignSpoolTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final String KEY = "f0e0d0c0-0000-4000-8000-000000000000";

    @TempDir private Path temp;
    private Path runs;
    private Path secret;

    @BeforeEach
    void make() throws IOException {
        runs = Files.createDirectories(temp.resolve("runs"));
        secret = Files.writeString(temp.resolve("id_rsa"), "private");
    }

    private static TrackerSettings settings(String uri) {
        return new TrackerSettings(
                uri, "task", "a run", DEADLINE, Duration.ZERO, SpoolSenderTest.TOKEN);
    }

    private static SpoolReplay replay() {
        return new SpoolReplay(SpoolSenderTest.TOKEN, DEADLINE);
    }

    /** A run folder as a neighbour writes it by hand. */
    private Path plant(String output, String uri, Entry... entries) throws IOException {
        RunFile run = new RunFile(uri, "task", "x", KEY, Long.MAX_VALUE, "ann", null, null, null);
        Path folder = run.folder(runs.resolve(output));
        try (TrackedFolder tracked = TrackedFolder.make(folder, run)) {
            tracked.spool().append(List.of(entries));
        }
        return folder;
    }

    /** What a run of this user could not send. */
    private Path leave(String output, StubServer server, Entry... entries) throws IOException {
        Tracker.open(runs.resolve(output), settings(server.uri()), Optional.empty(), true).close();
        Path folder = RunFile.folders(runs.resolve(output)).get(0);
        try (TrackedFolder tracked = TrackedFolder.take(folder).orElseThrow()) {
            tracked.spool().append(List.of(entries));
        }
        return folder;
    }

    @Test
    void neitherARunNorSyncAsksAServerThatANeighbourNames() throws Exception {
        try (StubServer evil = new StubServer(() -> Fault.NONE, 0);
                StubServer mine = new StubServer(() -> Fault.NONE, 0)) {
            plant("x", evil.uri(), new Entry.Tags(Map.of("a", "b")));
            plant("out", evil.uri(), new Entry.Tags(Map.of("a", "b")));
            Path output = runs.resolve("out");
            Tracker.open(output, settings(mine.uri()), Optional.empty(), true).close();
            Tracker.open(output, settings(mine.uri()), Optional.empty(), false).close();
            assertEquals(1, mine.runs.size(), "the planted run is not gone on with");
            assertEquals(1, replay().deliverBelow(runs, false).size());
            assertEquals(0, evil.requests);
            List<SpoolReplay.Foreign> foreign = replay().foreignBelow(runs);
            assertEquals(
                    List.of(evil.uri(), evil.uri()),
                    foreign.stream().map(SpoolReplay.Foreign::uri).toList());
            assertEquals("ann", foreign.get(0).user());
        }
    }

    @Test
    void allSendsANeighboursRunWithoutOnesOwnToken() throws Exception {
        try (StubServer evil = new StubServer(() -> Fault.NONE, 0)) {
            plant("x", evil.uri(), new Entry.Tags(Map.of("a", "b")));
            replay().deliverBelow(runs, true);
            assertTrue(evil.requests > 0);
            assertEquals(0, evil.runs.size(), "the token was shown");
        }
    }

    @Test
    void theTokenGoesToTheServerOfTheEnvironmentAlone() throws Exception {
        try (StubServer first = new StubServer(() -> Fault.NONE, 0);
                StubServer second = new StubServer(() -> Fault.NONE, 0)) {
            leave("out", first, new Entry.Tags(Map.of("late", "yes")));
            SpoolReplay elsewhere =
                    new SpoolReplay(
                            SpoolSenderTest.TOKEN, DEADLINE, Optional.of(second.uri()), false);
            assertEquals(1, elsewhere.deliverBelow(runs, false).get(0).left());
            SpoolReplay right =
                    new SpoolReplay(
                            SpoolSenderTest.TOKEN, DEADLINE, Optional.of(first.uri()), false);
            assertEquals(0, right.deliverBelow(runs, false).get(0).left());
            assertEquals("yes", first.onlyRun().tags.get("late"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "https://h, https://H:443/api, true",
        "http://h:80, http://h, true",
        "http://h, https://h, false",
        "http://h:5000, http://h:5001, false",
        "http://h, http://h.evil, false",
        "http://h, '', false",
        "http://h@evil, http://h, false"
    })
    void credentialsBelongToSchemeHostAndPort(String target, String configured, boolean same) {
        TrackingEnvironment shown = SpoolSenderTest.TOKEN.towards(target, configured);
        assertEquals(same, shown.token().isPresent());
    }

    @Test
    void aRunSendsNoFileFromOutsideItsFoldersAndDeletesNone() throws Exception {
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            Path output = Files.createDirectories(runs.resolve("out"));
            Path inside = Files.writeString(output.resolve("log.txt"), "log");
            Path link = Files.createSymbolicLink(output.resolve("link.txt"), secret);
            Path copies = output.resolve("tracking/x/artifacts/../../../../../id_rsa");
            Path folder =
                    leave(
                            "out",
                            server,
                            new Entry.Artifact("a.txt", secret.toString()),
                            new Entry.Artifact("b.txt", link.toString()),
                            new Entry.Artifact("c.txt", copies.toString()),
                            new Entry.Artifact("d.txt", output + "/../../id_rsa"),
                            new Entry.Artifact("e\0.txt", inside.toString()),
                            new Entry.Artifact("../../f.txt", inside.toString()),
                            new Entry.Artifact("g.txt", "\0"),
                            new Entry.Artifact("h.txt", inside.toString()));
            replay().deliverBelow(runs, false);
            assertEquals(1, server.files.size(), server.files.keySet().toString());
            assertTrue(server.files.keySet().iterator().next().endsWith("/h.txt"));
            assertEquals("private", Files.readString(secret));
            assertEquals("log", Files.readString(inside));
            assertEquals(7, Files.readAllLines(folder.resolve("rejected.jsonl")).size());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"rejected.jsonl", "spool-00000001.jsonl", "spool-00000002.jsonl", "lock"})
    void aLinkInAPlantedSpoolIsNotWrittenThrough(String name) throws Exception {
        try (StubServer evil = new StubServer(() -> Fault.NONE, 0)) {
            Path folder = plant("x", evil.uri(), new Entry.Artifact("a", secret.toString()));
            Path target = name.equals("lock") ? temp.resolve("missing") : secret;
            Files.deleteIfExists(folder.resolve(name));
            Files.createSymbolicLink(folder.resolve(name), target);
            SpoolReplay.Outcome outcome = replay().deliverBelow(runs, true).get(0);
            String problem = outcome.problem().orElseThrow();
            assertTrue(problem.contains(name + " is damaged (it is a link)"), problem);
            assertEquals("private", Files.readString(secret));
            assertFalse(Files.exists(temp.resolve("missing")));
            assertEquals(0, evil.requests);
        }
    }

    @Test
    void aSealIsOfOneRunAndOneAddress() throws Exception {
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            Path folder = leave("out", server);
            RunFile run = RunFile.read(folder);
            assertTrue(RunSeal.isOurs(folder, run, SpoolSenderTest.TOKEN));
            RunFile elsewhere =
                    new RunFile(
                            "http://evil",
                            run.experiment(),
                            run.name(),
                            run.key(),
                            run.started(),
                            run.user(),
                            null,
                            null,
                            run.seal());
            assertFalse(RunSeal.isOurs(folder, elsewhere, SpoolSenderTest.TOKEN));
            TrackingEnvironment other =
                    TrackingEnvironment.of(
                            Map.of("XDG_STATE_HOME", temp.resolve("state").toString()), "bob");
            assertFalse(RunSeal.isOurs(folder, run, other), "without a secret");
            RunFile bobs = RunSeal.seal(run.withSeal(null), other);
            assertTrue(RunSeal.isOurs(folder, bobs, other));
            assertFalse(RunSeal.isOurs(folder, run, other), "with another secret");
        }
    }

    @Test
    void whatMayHoldSecretsIsForItsOwnerAlone() throws Exception {
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            Path folder = leave("out", server, new Entry.Tags(Map.of("a", "b")));
            assertEquals(
                    "rwx------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
            try (Stream<Path> files = Files.list(folder)) {
                List<Path> told =
                        files.filter(file -> file.toString().matches(".*[.]jsonl?")).toList();
                assertTrue(told.size() >= 2, told.toString());
                for (Path file : told) {
                    assertEquals(
                            "rw-------",
                            PosixFilePermissions.toString(Files.getPosixFilePermissions(file)),
                            file.toString());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "params {}",
                "params {\"values\": {\"a\": null}}",
                "points {\"timestamp\": 1, \"step\": 1, \"values\": {\"a\": null}}",
                "tags {\"values\": null}",
                "inputs {\"inputs\": [null]}",
                "inputs {\"inputs\": [{\"name\": \"x\"}]}",
                "artifact {\"path\": \"x\"}",
                "status {\"status\": \"NONE\", \"time\": 1}",
                "model {\"name\": \"x\", \"artifact\": \"x\"}",
                "points []",
                "nothing {}",
                "points"
            })
    void aLineWithSomethingMissingIsToldAndStopsNobody(String line) throws Exception {
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            Path folder = leave("out", server);
            Files.delete(folder.resolve("acknowledged.json"));
            Files.writeString(folder.resolve("spool-00000001.jsonl"), line + "\n");
            leave("other", server, new Entry.Tags(Map.of("b", "c")));
            List<SpoolReplay.Outcome> outcomes = replay().deliverBelow(runs, false);
            assertEquals(2, outcomes.size());
            assertTrue(outcomes.stream().anyMatch(o -> !o.readable()));
            assertTrue(outcomes.stream().anyMatch(o -> o.left() == 0 && o.sent() > 0));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"next\": {\"segment\": -1, \"offset\": 0}, \"steps\": {}, \"status\":"
                        + " \"RUNNING\"}",
                "{\"next\": {\"segment\": 1, \"offset\": -5}, \"steps\": {}, \"status\":"
                        + " \"RUNNING\"}",
                "{\"next\": {\"segment\": 1, \"offset\": 0}, \"steps\": {\"a\": null},"
                        + " \"status\": \"RUNNING\"}"
            })
    void positionsThatCannotBeAreDamage(String acknowledged) throws Exception {
        Path folder = Files.createDirectories(runs.resolve("spool"));
        Files.writeString(folder.resolve("acknowledged.json"), acknowledged);
        assertThrows(DamagedSpoolException.class, () -> Spool.open(folder));
    }

    @Test
    void aFileWithAGiantNumberCostsNoTime() throws Exception {
        Path folder = Files.createDirectories(runs.resolve("spool"));
        Files.writeString(folder.resolve("spool-999999999999999.jsonl"), "");
        Files.writeString(folder.resolve("spool-99999999999999999999999.jsonl"), "");
        try (Spool spool = Spool.open(folder)) {
            spool.append(List.of(new Entry.Tags(Map.of("a", "b"))));
            assertEquals(1, spool.pending());
            spool.acknowledge(spool.next().orElseThrow());
            assertEquals(0, spool.pending());
        }
    }

    @Test
    void aRunFileThatNamesAnotherFolderIsDamaged() throws Exception {
        Path folder = plant("x", "http://h", new Entry.Tags(Map.of("a", "b")));
        Path moved = Files.move(folder, folder.resolveSibling("another"));
        assertThrows(DamagedSpoolException.class, () -> RunFile.read(moved));
    }
}
