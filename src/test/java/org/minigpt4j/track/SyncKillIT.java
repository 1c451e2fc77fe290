package org.minigpt4j.track;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;
import org.minigpt4j.cli.TrainProcess;
import org.minigpt4j.track.store.Point;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.track.store.StubServer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Kills {@code track sync} again and again while it sends, and lets a last one finish: everything
 * has arrived, and nothing twice. {@code -Dminigpt4j.seed=S} repeats the choices.
 */
@Timeout(300)
class SyncKillIT {

    private static final TrainProcess PROCESS = new TrainProcess(List.of(), List.of());

    /** Requests of a run that can be told apart: each ends with a note in the spool. */
    private static final int ROUNDS_A_KILL = 40;

    @TempDir private Path temp;

    /** What was told to a run, and must arrive. */
    private final TreeMap<String, List<Point>> points = new TreeMap<>();

    private final Map<String, String> params = new TreeMap<>();
    private final Map<String, byte[]> artifacts = new TreeMap<>();

    @Test
    void whatWasLeftArrivesOnce() throws Exception {
        kill(2);
    }

    @Test
    @Tag("soak")
    @Timeout(3600)
    void whatWasLeftArrivesOnceAfterManyKills() throws Exception {
        kill(Integer.getInteger("minigpt4j.kills", 200));
    }

    private void kill(int kills) throws Exception {
        long seed = Long.getLong("minigpt4j.seed", System.nanoTime());
        Random random = new Random(seed);
        int stopped = 0;
        try (StubServer server = new StubServer(() -> StubServer.Fault.NONE, 0)) {
            int entries = leave(server, kills * ROUNDS_A_KILL);
            for (int i = 0; i < kills; i++) {
                int target = requests(server) + 1 + random.nextInt(ROUNDS_A_KILL);
                Process process = sync();
                while (process.isAlive() && requests(server) < target) {
                    LockSupport.parkNanos(200_000);
                }
                LockSupport.parkNanos(random.nextInt(4_000_000));
                stopped += process.isAlive() ? 1 : 0;
                process.destroyForcibly().waitFor();
            }
            Process last = sync();
            String said = new String(last.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, last.waitFor(), said);
            assertTrue(said.contains(" 0 left"), said);
            System.out.printf(
                    "SyncKillIT: seed %d, %d of %d killed while they sent %d entries, %d"
                            + " requests%n",
                    seed, stopped, kills, entries, requests(server));
            assertTrue(stopped > kills / 2, "killed too late: " + stopped);
            compare(server);
        }
    }

    private static int requests(StubServer server) {
        synchronized (server) {
            return server.requests;
        }
    }

    private Process sync() throws IOException {
        List<String> command = PROCESS.command(List.of("track", "sync", temp.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("MLFLOW_TRACKING_TOKEN", StubServer.TOKEN);
        builder.environment().put("XDG_STATE_HOME", StateFolder.path());
        return TestProcess.start(builder);
    }

    /** Leaves entries of every kind, as a run without its server does. */
    private int leave(StubServer server, int rounds) throws Exception {
        RunFile run =
                RunSeal.seal(
                        new RunFile(
                                server.uri(), "task", "a run", "key", 1000, "me", null, null, null),
                        SpoolSenderTest.TOKEN);
        Path folder = run.folder(temp.resolve("out"));
        List<Entry> all = new ArrayList<>();
        for (int step = 1; step <= rounds; step++) {
            Map<String, Double> values = Map.of("loss", 1.0 / step, "lr", step * 1e-5);
            for (var value : values.entrySet()) {
                points.computeIfAbsent(value.getKey(), key -> new ArrayList<>())
                        .add(new Point(value.getKey(), value.getValue(), 1000 + step, step));
            }
            all.add(new Entry.Points(1000 + step, step, values));
            params.put("p" + step, "v" + step);
            all.add(new Entry.Params(Map.of("p" + step, "v" + step)));
            if (step % 10 == 0) {
                String path = "samples/" + step + ".txt";
                byte[] content = ("after step " + step).getBytes(StandardCharsets.UTF_8);
                artifacts.put(path, content);
                Path copy = folder.resolve(SpoolSender.COPIES).resolve("c" + step).resolve(path);
                Files.createDirectories(copy.getParent());
                Files.write(copy, content);
                all.add(new Entry.Artifact(path, copy.toString()));
                all.add(new Entry.Model("model" + step, path, Map.of("step", "" + step)));
            }
        }
        all.add(new Entry.Status(RunStatus.FINISHED, 5000));
        try (TrackedFolder tracked = TrackedFolder.make(folder, run)) {
            tracked.spool().append(all);
        }
        return all.size();
    }

    private void compare(StubServer server) throws IOException {
        assertEquals(List.of(), server.complaints);
        assertEquals(0, server.duplicates, "points were sent twice");
        StubServer.Run run = server.onlyRun();
        assertEquals("FINISHED", run.status());
        assertEquals(params, run.params);
        points.forEach((key, told) -> assertEquals(told, run.history(key), key));
        assertEquals(points.keySet(), run.metrics.keySet());
        assertEquals(artifacts.size(), server.files.size());
        for (var sent : server.files.entrySet()) {
            String path = sent.getKey().substring(sent.getKey().indexOf("samples/"));
            assertArrayEquals(artifacts.get(path), sent.getValue(), path);
        }
        List<String> versions =
                server.versions.stream().map(version -> version.get("name").getAsString()).toList();
        List<String> expected =
                artifacts.keySet().stream()
                        .map(path -> "model" + path.replaceAll("\\D", ""))
                        .sorted()
                        .toList();
        assertEquals(expected, versions.stream().sorted().toList(), "each model has one version");
        try (Stream<Path> left = Files.walk(temp)) {
            assertEquals(
                    List.of(),
                    left.filter(path -> path.toString().endsWith(".tmp")).toList(),
                    "the last one clears away what the killed ones left");
        }
    }
}
