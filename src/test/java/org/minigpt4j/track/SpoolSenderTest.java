package org.minigpt4j.track;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.track.store.Point;
import org.minigpt4j.track.store.RestStore;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.track.store.StoreAddress;
import org.minigpt4j.track.store.StubServer;
import org.minigpt4j.track.store.StubServer.Fault;
import org.minigpt4j.track.store.UnavailableException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** What arrives at a server that does everything a server should not. */
public class SpoolSenderTest {

    private static final List<Fault> QUICK =
            List.of(
                    Fault.BROKEN,
                    Fault.LOST_ANSWER,
                    Fault.ERROR,
                    Fault.ERROR_AFTERWARDS,
                    Fault.BUSY,
                    Fault.STRANGER,
                    Fault.WRONG_ANSWER);
    public static final TrackingEnvironment TOKEN =
            TrackingEnvironment.of(
                    Map.of(
                            "MLFLOW_TRACKING_TOKEN",
                            StubServer.TOKEN,
                            "XDG_STATE_HOME",
                            StateFolder.path()),
                    "me");

    @TempDir private Path temp;

    private static RunFile run(String uri) {
        return new RunFile(uri, "task", "a name", "the-key", 1000, "me", null, null, null);
    }

    /** One process after another that delivers a run's spool. */
    private static final class Client {
        private final Path folder;
        private final Duration deadline;
        private TrackedFolder tracked;
        private SpoolSender delivery;

        Client(Path temp, String uri, Duration deadline) throws IOException {
            this.deadline = deadline;
            folder = temp.resolve("tracking/the-key");
            Files.createDirectories(folder);
            run(uri).write(folder);
            begin();
        }

        private void begin() throws IOException {
            tracked = TrackedFolder.take(folder).orElseThrow();
            delivery =
                    new SpoolSender(
                            folder,
                            tracked.run(),
                            tracked.spool(),
                            at -> StoreAddress.open(at, TOKEN, deadline),
                            false);
        }

        void restart() throws IOException {
            delivery.close();
            tracked.close();
            begin();
        }

        /** As if the process had been killed after the last answer and before its note of it. */
        void restartWithoutTheLastNote(byte[] noteBefore) throws IOException {
            delivery.close();
            tracked.close();
            Files.write(folder.resolve("acknowledged.json"), noteBefore);
            begin();
        }

        /** Tries so many times; true if all has arrived. */
        boolean deliver(int attempts) throws IOException {
            for (int i = 0; i < attempts; i++) {
                try {
                    return delivery.deliver(() -> true);
                } catch (UnavailableException e) {
                    assertFalse(e.getMessage().isBlank());
                }
            }
            return false;
        }

        void end() throws IOException {
            delivery.close();
            tracked.close();
        }
    }

    @Test
    void everyPointArrivesOnceAfterManyFaults() throws Exception {
        arrivesOnce(temp, 100);
    }

    /** Tells a run's points through so many faults, and compares what has arrived in the end. */
    static void arrivesOnce(Path temp, int faults) throws Exception {
        long seed = Long.getLong("minigpt4j.seed", 1);
        System.out.println("DeliveryTest: seed " + seed);
        Random random = new Random(seed);
        int faulty = 60;
        try (StubServer server =
                new StubServer(
                        () ->
                                random.nextInt(100) < faulty
                                        ? QUICK.get(random.nextInt(QUICK.size()))
                                        : Fault.NONE,
                        0)) {
            Client client = new Client(temp, server.uri(), Duration.ofSeconds(60));
            Map<String, List<Point>> told = new TreeMap<>();
            Map<String, String> params = new HashMap<>();
            int step = 0;
            int restarts = 0;
            while (faults(server) < faults) {
                List<Entry> entries = new ArrayList<>();
                for (int i = random.nextInt(4); i >= 0; i--) {
                    step += 1 + random.nextInt(3);
                    entries.add(points(step, random, told));
                }
                if (random.nextInt(10) == 0) {
                    params.put("p" + step, "v" + step);
                    entries.add(new Entry.Params(Map.of("p" + step, "v" + step)));
                }
                client.tracked.spool().append(entries);
                Path note = client.folder.resolve("acknowledged.json");
                byte[] before = Files.exists(note) ? Files.readAllBytes(note) : null;
                client.deliver(1 + random.nextInt(4));
                int what = random.nextInt(40);
                if (what == 0) {
                    client.restart();
                    restarts++;
                } else if (what == 1 && before != null) {
                    client.restartWithoutTheLastNote(before);
                    restarts++;
                }
            }
            assertTrue(client.deliver(1000), "never came to an end");
            client.end();
            System.out.println(
                    "DeliveryTest: "
                            + server.requests
                            + " requests, "
                            + restarts
                            + " restarts, "
                            + server.met);

            assertEquals(List.of(), server.complaints);
            assertEquals(0, server.duplicates, "points were sent twice");
            StubServer.Run run = server.onlyRun();
            assertEquals(told.keySet(), run.metrics.keySet());
            told.forEach((key, points) -> assertEquals(points, run.history(key), key));
            assertEquals(new TreeMap<>(params), run.params);
        }
    }

    @Test
    void severalNotesOfWhatArrivedMayBeLostAtOnce() throws Exception {
        Random random = new Random(3);
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            Client client = new Client(temp, server.uri(), Duration.ofSeconds(60));
            Map<String, List<Point>> told = new TreeMap<>();
            client.tracked.spool().append(List.of(points(1, random, told)));
            assertTrue(client.deliver(10));
            byte[] note = Files.readAllBytes(client.folder.resolve("acknowledged.json"));
            for (int step = 2; step < 8; step += 2) {
                client.tracked
                        .spool()
                        .append(
                                List.of(
                                        points(step, random, told),
                                        new Entry.Params(Map.of("p" + step, "v")),
                                        points(step + 1, random, told)));
            }
            assertTrue(client.deliver(100));
            client.restartWithoutTheLastNote(note);
            assertTrue(client.deliver(100));
            client.end();
            assertEquals(0, server.duplicates, "points were sent twice");
            StubServer.Run run = server.onlyRun();
            told.forEach((key, points) -> assertEquals(points, run.history(key), key));
        }
    }

    private static int faults(StubServer server) {
        synchronized (server) {
            return server.met.entrySet().stream()
                    .filter(met -> met.getKey() != Fault.NONE)
                    .mapToInt(Map.Entry::getValue)
                    .sum();
        }
    }

    private static Entry points(int step, Random random, Map<String, List<Point>> told) {
        Map<String, Double> values = new TreeMap<>();
        for (String key : List.of("loss", "lr", "system/cpu")) {
            if (random.nextInt(3) > 0) {
                double value = random.nextDouble();
                values.put(key, value);
                told.computeIfAbsent(key, k -> new ArrayList<>())
                        .add(new Point(key, value, 1_000 + step, step));
            }
        }
        return new Entry.Points(1_000 + step, step, values);
    }

    @Test
    void aServerThatHangsOrActsTooLateCostsADeadlineAndNoPoint() throws Exception {
        Random random = new Random(7);
        int[] left = {12};
        Duration deadline = Duration.ofMillis(300);
        try (StubServer server =
                new StubServer(
                        () -> {
                            if (left[0] > 0 && random.nextInt(3) == 0) {
                                left[0]--;
                                return random.nextBoolean() ? Fault.HANG : Fault.LATE;
                            }
                            return Fault.NONE;
                        },
                        2 * deadline.toMillis())) {
            Client client = new Client(temp, server.uri(), deadline);
            Map<String, List<Point>> told = new TreeMap<>();
            for (int step = 1; left[0] > 0; step++) {
                client.tracked.spool().append(List.of(points(step, random, told)));
                long begin = System.nanoTime();
                client.deliver(1);
                double seconds = (System.nanoTime() - begin) / 1e9;
                assertTrue(seconds < 30, "a delivery took " + seconds + " s");
            }
            assertTrue(client.deliver(100));
            client.end();
            // A run that a late request made is another one, and empty: its key is the same.
            StubServer.Run run =
                    server.runs.values().stream()
                            .filter(r -> !r.metrics.isEmpty())
                            .findFirst()
                            .orElseThrow();
            told.forEach((key, points) -> assertEquals(points, run.history(key), key));
        }
    }

    @Test
    void aServerThatIsDownTakesItLater() throws Exception {
        String uri;
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            uri = server.uri();
        }
        Client client = new Client(temp, uri, Duration.ofSeconds(5));
        client.tracked.spool().append(List.of(new Entry.Tags(Map.of("a", "b"))));
        assertFalse(client.deliver(2));
        assertEquals(1, client.tracked.spool().pending());
        client.end();
    }

    @Test
    void whatTheServerRefusesIsWrittenDownAndTheRestGoesOn() throws Exception {
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            Client client = new Client(temp, server.uri(), Duration.ofSeconds(60));
            client.tracked
                    .spool()
                    .append(
                            List.of(
                                    new Entry.Params(Map.of("lr", "1")),
                                    new Entry.Params(Map.of("lr", "2", "more", "3")),
                                    new Entry.Artifact("gone.txt", temp + "/gone.txt"),
                                    new Entry.Status(RunStatus.FINISHED, 77)));
            assertTrue(client.deliver(1));
            StubServer.Run run = server.onlyRun();
            assertEquals(Map.of("lr", "1", "more", "3"), run.params);
            assertEquals("2", run.tags.get("changed.lr"));
            assertEquals("FINISHED", run.status());
            String rejected = Files.readString(client.folder.resolve("rejected.jsonl"));
            assertTrue(rejected.contains("gone.txt"), rejected);
            client.end();
        }
    }

    @Test
    void artifactsGoThroughTheServer() throws Exception {
        Path file = temp.resolve("a picture.png");
        byte[] content = new byte[300_000];
        new Random(1).nextBytes(content);
        Files.write(file, content);
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            Client client = new Client(temp, server.uri(), Duration.ofSeconds(60));
            client.tracked
                    .spool()
                    .append(List.of(new Entry.Artifact("plots/a picture.png", file.toString())));
            assertTrue(client.deliver(1));
            client.end();
            String id = server.runs.keySet().iterator().next();
            assertArrayEquals(
                    content, server.files.get("1/" + id + "/artifacts/plots/a picture.png"));
        }
    }

    @Test
    void aModelVersionIsRegisteredOnceWhateverBecomesOfTheAnswer() throws Exception {
        Random random = new Random(5);
        try (StubServer server =
                new StubServer(() -> random.nextBoolean() ? Fault.LOST_ANSWER : Fault.NONE, 0)) {
            Client client = new Client(temp, server.uri(), Duration.ofSeconds(60));
            client.tracked
                    .spool()
                    .append(List.of(new Entry.Model("projection", "model", Map.of("loss", "1.5"))));
            assertTrue(client.deliver(50));
            client.end();
            assertEquals(1, server.versions.size());
            assertEquals(1, server.runs.size());
            assertTrue(
                    server.versions.get(0).get("source").getAsString().endsWith("artifacts/model"));
            assertEquals(List.of(), server.complaints);
        }
    }

    @Test
    void whoeverIsNotLetInKeepsWhatHeHas() throws Exception {
        try (StubServer server = new StubServer(() -> Fault.NONE, 0)) {
            RestStore stranger =
                    new RestStore(
                            server.uri(),
                            TrackingEnvironment.of(
                                    Map.of(
                                            "MLFLOW_TRACKING_USERNAME", "me",
                                            "MLFLOW_TRACKING_PASSWORD", "wrong"),
                                    "me"),
                            Duration.ofSeconds(60));
            var e = assertThrows(UnavailableException.class, stranger::runs);
            assertTrue(e.getMessage().contains("401"), e.getMessage());
        }
    }
}
