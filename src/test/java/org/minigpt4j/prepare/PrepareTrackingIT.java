package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.TestProcess;
import org.minigpt4j.cli.Main;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.prepare.fetch.Behaviour;
import org.minigpt4j.prepare.fetch.MisbehavingServer;
import org.minigpt4j.track.RunCatalog;
import org.minigpt4j.track.store.Point;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.track.store.RunView;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** Small preparations and what their records say, in the store that a preparation makes itself. */
@Timeout(600)
class PrepareTrackingIT {

    private static final URI NOWHERE = URI.create("http://127.0.0.1:1/");
    private static final int SIGTERM = 128 + 15;

    @TempDir private Path temp;

    @Test
    void aPreparationThatGoesOnGoesOnInItsRecord() throws Exception {
        try (MisbehavingServer server = new MisbehavingServer(0, NOWHERE)) {
            PrepareYaml.run(config(server, "prepare.budget=30", "prepare.report=true"));
            RunView first = onlyRun();
            assertEquals(RunStatus.FINISHED, first.status());
            assertEquals("prepare", first.experiment());
            assertEquals("30", first.params().get("prepare.budget"));
            assertEquals("32", first.params().get("picture.image_size"));
            assertEquals(30, first.latest().get("samples").value());
            assertEquals(1, first.latest().get("done").value());
            for (String file : List.of("report.html", "report.json", "manifest.json")) {
                assertArrayEquals(
                        Files.readAllBytes(temp.resolve("out/web").resolve(file)),
                        Files.readAllBytes(Path.of(first.artifactUri(), "web", file)),
                        file);
            }
            assertTrue(Files.exists(Path.of(first.artifactUri(), "config.json")));

            PrepareYaml.run(config(server, "prepare.budget=70"));
            RunView second = onlyRun();
            assertEquals(first.id(), second.id());
            assertEquals("70", second.tags().get("changed.prepare.budget"));
            assertEquals(70, second.latest().get("samples").value());
            List<Point> samples = history(second, "samples");
            assertTrue(samples.size() >= 2, samples.toString());
            assertEquals(
                    samples.stream().map(Point::step).sorted().distinct().toList(),
                    samples.stream().map(Point::step).toList());
            // What this process tried and what became of it.
            Map<String, Point> latest = second.latest();
            assertEquals(
                    latest.get("pairs").value(),
                    latest.get("pairs/success").value()
                            + latest.get("pairs/http_status_404").value());

            String lost = loseNextPlan();
            assertThrows(
                    FailedException.class,
                    () -> PrepareYaml.run(config(server, "prepare.budget=100")));
            RunView third = onlyRun();
            assertEquals(first.id(), third.id());
            assertEquals(RunStatus.FAILED, third.status());
            String error = third.tags().get("minigpt4j.error");
            assertTrue(error.contains(lost + " is missing"), error);
        }
    }

    @Test
    void aPreparationThatIsToldToEndIsRecordedAsKilledAndGoesOn() throws Exception {
        try (MisbehavingServer server = new MisbehavingServer(0, NOWHERE)) {
            server.delay(200);
            config(server, "prepare.budget=all");
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-Xmx700m", "-cp", System.getProperty("java.class.path")));
            command.addAll(List.of(Main.class.getName(), "prepare", "--master", "local[2]"));
            PrepareYaml.local()
                    .forEach((key, value) -> command.addAll(List.of("--conf", key + "=" + value)));
            command.addAll(List.of("--cfg-path", temp.resolve("prepare.yaml").toString()));
            command.addAll(List.of("--options", "prepare.tracking.uri=" + store()));
            command.addAll(List.of("fetch.connections=4", "prepare.tracking.every_seconds=0.5"));
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            Process process =
                    TestProcess.start(builder.redirectOutput(temp.resolve("log").toFile()));
            while (process.isAlive() && server.hits().size() < 60) {
                LockSupport.parkNanos(1_000_000);
            }
            process.destroy();
            assertEquals(SIGTERM, process.waitFor(), Files.readString(temp.resolve("log")));
            RunView killed = onlyRun();
            assertEquals(RunStatus.KILLED, killed.status());
            assertFalse(killed.tags().containsKey("minigpt4j.error"), killed.tags().toString());

            server.delay(0);
            PrepareYaml.run(config(server));
            RunView finished = onlyRun();
            assertEquals(killed.id(), finished.id());
            assertEquals(RunStatus.FINISHED, finished.status());
        }
    }

    @Test
    void aStoreThatIsNotThereCostsNothingButItsRecord() throws Exception {
        try (MisbehavingServer server = new MisbehavingServer(0, NOWHERE)) {
            List<String> notices = new ArrayList<>();
            PrepareListener listener =
                    new PrepareListener() {
                        @Override
                        public void notice(String sentence) {
                            notices.add(sentence);
                        }

                        @Override
                        public void progress(PrepareProgress progress) {}
                    };
            PrepareSummary summary =
                    Preparation.run(
                            config(
                                    server,
                                    "prepare.budget=20",
                                    "prepare.tracking.uri=http://127.0.0.1:1",
                                    "prepare.tracking.timeout_seconds=1"),
                            java.util.Optional.of("local[2]"),
                            PrepareYaml.local(),
                            listener);
            assertEquals(20, summary.parts().get(0).samples());
            assertTrue(notices.get(notices.size() - 1).contains("track sync"), notices.toString());
        }
    }

    @Test
    void whatIsNotSentOfAFarOutputLiesHere() {
        assertEquals(
                Path.of("output/s3a-bucket-pairs"), PrepareTracking.folder("s3a://bucket/pairs/"));
        assertEquals(Path.of("/data/pairs"), PrepareTracking.folder("file:///data/pairs"));
    }

    /** Every fifth picture is missing. */
    private PrepareConfig config(MisbehavingServer server, String... options) throws IOException {
        List<String> urls = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Behaviour behaviour = i % 5 == 0 ? Behaviour.MISSING : Behaviour.IMAGE;
            urls.add(server.address(behaviour, i).toString());
        }
        List<String> all = new ArrayList<>(List.of("prepare.tracking.uri=" + store()));
        all.addAll(Arrays.asList(options));
        return PrepareYaml.of(
                temp,
                PrepareYaml.json(temp.resolve("list.json"), urls),
                temp.resolve("out").toString(),
                server.hostAndPort(),
                all.toArray(String[]::new));
    }

    /**
     * Deletes the pairs of the shard that is made next. Which one that is hangs on how many of the
     * earlier ones' pictures were missing, and so on the server's port.
     */
    private String loseNextPlan() throws IOException {
        int next = 0;
        while (Files.exists(temp.resolve("out/web/%05d.tar".formatted(next)))) {
            next++;
        }
        String name = "%05d.jsonl.gz".formatted(next);
        Files.delete(temp.resolve("out/web/_plan").resolve(name));
        return name;
    }

    private String store() {
        return "sqlite:///" + temp.resolve("mlflow.db");
    }

    static RunCatalog open(Path store) {
        return new RunCatalog(
                "sqlite:///" + store,
                TrackingEnvironment.of(Map.of(), "me"),
                Duration.ofSeconds(60));
    }

    private RunView onlyRun() {
        try (RunCatalog catalog = open(temp.resolve("mlflow.db"))) {
            assertEquals(1, catalog.runs().size());
            return catalog.runs().get(0);
        }
    }

    private List<Point> history(RunView run, String metric) {
        try (RunCatalog catalog = open(temp.resolve("mlflow.db"))) {
            return catalog.history(run, metric);
        }
    }
}
