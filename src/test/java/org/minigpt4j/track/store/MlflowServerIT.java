package org.minigpt4j.track.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.track.MlflowServer;
import org.minigpt4j.track.SpoolReplay;
import org.minigpt4j.track.StateFolder;
import org.minigpt4j.track.SystemMetrics;
import org.minigpt4j.track.Tracker;
import org.minigpt4j.track.TrackerSettings;
import org.mlflow.api.proto.Service;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Where MLflow is installed: its own server as our store, and on the file that we wrote. */
class MlflowServerIT {

    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final TrackingEnvironment NOBODY =
            TrackingEnvironment.of(Map.of("XDG_STATE_HOME", StateFolder.path()), "me");

    private static final String COLUMNS =
            "{\"mlflow_colspec\": [{\"type\": \"string\", \"name\": \"caption\"}]}";
    private static final List<RunInput> INPUTS =
            List.of(
                    RunInput.at("/data/{0..9}.tar", "cc_sbu", "89abcdef", COLUMNS, "training"),
                    RunInput.at("s3a://bucket/laion", "laion", "01234567", COLUMNS, "training"),
                    RunInput.at("/data/held", "laion", "76543210", COLUMNS, "validation"));

    @TempDir private Path temp;

    @BeforeAll
    static void isInstalled() throws Exception {
        String version = MlflowServer.version();
        assumeFalse(version.isEmpty(), "no command mlflow on the search path");
        System.out.println("MlflowServerIT: " + version);
    }

    private Tracker open(String output, String uri) {
        return Tracker.open(
                temp.resolve(output),
                new TrackerSettings(
                        uri, "alignment", output, DEADLINE, Duration.ofMillis(1), NOBODY),
                Optional.empty(),
                true);
    }

    /** All that a run may have. */
    private void tell(Tracker tracker, long from, long to) {
        Random random = new Random(from);
        for (long step = from; step <= to; step++) {
            Map<String, Double> values = new HashMap<>();
            values.put("loss", 5.0 / step + random.nextDouble() / 100);
            values.put("lr", 1e-4);
            values.put("grad_norm", step % 7 == 0 ? Double.NaN : random.nextDouble());
            values.put("scale", step % 11 == 0 ? Double.POSITIVE_INFINITY : 65536);
            tracker.points(step, values);
        }
    }

    private void describe(Tracker tracker) throws Exception {
        Map<String, String> params = new HashMap<>();
        for (int i = 0; i < 230; i++) {
            params.put("run.key_" + i, "value " + i);
        }
        params.put("a name with (odd) characters: é", "x".repeat(7000));
        tracker.params(params);
        tracker.tags(Map.of("mlflow.note.content", "two\nlines", "minigpt4j.from_run", "abc"));
        tracker.inputs(INPUTS);
        byte[] projection = new byte[500_000];
        new Random(1).nextBytes(projection);
        Path file = Files.write(temp.resolve("projection"), projection);
        tracker.artifact("model/projection.safetensors", file);
        tracker.artifact("a report.html", Files.writeString(temp.resolve("report"), "<p>report"));
        tracker.register("projection", "model", Map.of("loss", "1.5"));
        while (tracker.runId().isEmpty()) {
            Thread.sleep(50); // the machine was looked at before the run was made
        }
    }

    @Test
    void aServerThatIsKilledOnTheWayHasEveryPointOnce() throws Exception {
        Path store = temp.resolve("server.db");
        try (MlflowServer server = new MlflowServer(temp.resolve("server"), "sqlite:///" + store)) {
            Tracker tracker = open("rest", server.uri());
            describe(tracker);
            long step = 0;
            for (int kill = 0; kill < 3; kill++) {
                tell(tracker, step + 1, step + 900);
                step += 900;
                Thread.sleep(1300 + 150L * kill); // some of it has arrived, some is on its way
                server.kill();
                tell(tracker, step + 1, step + 300);
                step += 300;
                server.start();
            }
            tracker.end(RunStatus.FINISHED);
            tracker.close();
            new SpoolReplay(NOBODY, DEADLINE).deliverBelow(temp, false);
            try (RestStore rest = new RestStore(server.uri(), NOBODY, DEADLINE)) {
                assertRun(rest, server, step);
            }
        }
        try (SqliteStore sqlite = SqliteStore.open(store, DEADLINE)) {
            RunView run = sqlite.runs().get(0);
            assertEquals(3600, sqlite.history(run.id(), "loss").size());
        }
    }

    @Test
    void mlflowOpensTheFileThatWeWroteAndBothGoOnWritingIt() throws Exception {
        Path store = temp.resolve("store").resolve("mlflow.db");
        Tracker tracker = open("file", "sqlite:///" + store);
        describe(tracker);
        tell(tracker, 1, 3600);
        tracker.end(RunStatus.FINISHED);
        tracker.close();
        assertEquals(Optional.empty(), tracker.complaint());
        try (MlflowServer server =
                        new MlflowServer(temp.resolve("elsewhere"), "sqlite:///" + store);
                RestStore rest = new RestStore(server.uri(), NOBODY, DEADLINE)) {
            assertRun(rest, server, 3600);
            try (SqliteStore sqlite = SqliteStore.open(store, DEADLINE)) {
                assertEquals(sqlite.runs(), rest.runs());
                String id = sqlite.runs().get(0).id();
                assertEquals(sqlite.history(id, "loss"), rest.history(id, "loss"));
                String second =
                        sqlite.createRun(
                                new NewRun("alignment", "second", "key 2", 1, "me", Map.of()));
                sqlite.log(second, List.of(new Point("loss", 9, 10, 1)));
                rest.log(second, List.of(new Point("loss", 0.001, 20, 2)));
                assertEquals(2, sqlite.history(second, "loss").size());
                assertEquals(List.of(second, id), best(server));
            }
        }
    }

    /** What a server says of the run that {@link #describe} and {@link #tell} made. */
    private void assertRun(RestStore rest, MlflowServer server, long steps) throws Exception {
        RunView run = rest.runs().get(0);
        assertEquals(RunStatus.FINISHED, run.status());
        assertEquals("alignment", run.experiment());
        assertEquals("value 229", run.params().get("run.key_229"));
        assertEquals(231, run.params().size());
        assertEquals("two\nlines", run.tags().get("mlflow.note.content"));
        assertEquals(INPUTS, run.inputs());
        assertTrue(run.latest().containsKey(SystemMetrics.CLOCK), run.latest().toString());
        List<Long> expected = new ArrayList<>();
        for (long step = 1; step <= steps; step++) {
            expected.add(step);
        }
        for (String metric : List.of("loss", "lr", "grad_norm", "scale")) {
            assertEquals(
                    expected,
                    rest.history(run.id(), metric).stream().map(Point::step).sorted().toList(),
                    metric);
        }
        assertEquals(steps, run.latest().get("loss").step());
        assertTrue(Double.isNaN(rest.history(run.id(), "grad_norm").get(6).value()));
        assertEquals(List.of(run.id()), best(server));
        assertEquals("1", rest.modelVersion("projection", run.id()).orElseThrow());
        assertArrayEquals(
                Files.readAllBytes(temp.resolve("projection")),
                download(server, run, "model/projection.safetensors"));
        assertEquals("<p>report", new String(download(server, run, "a%20report.html")));
    }

    private static byte[] download(MlflowServer server, RunView run, String path) throws Exception {
        var answer = server.get("/get-artifact?run_uuid=" + run.id() + "&path=" + path);
        assertEquals(200, answer.statusCode(), new String(answer.body()));
        return answer.body();
    }

    /** Runs as the UI asks for them when it sorts by a metric. */
    private static List<String> best(MlflowServer server) throws Exception {
        Service.SearchRuns search =
                Service.SearchRuns.newBuilder()
                        .addExperimentIds("1")
                        .setFilter("metrics.loss < 10 and tags.`mlflow.user` = 'me'")
                        .addOrderBy("metrics.`loss` ASC")
                        .build();
        return new RestTransport(server.uri(), NOBODY, DEADLINE)
                        .post("/runs/search", search, Service.SearchRuns.Response.newBuilder())
                        .getRunsList()
                        .stream()
                        .map(run -> run.getInfo().getRunId())
                        .toList();
    }
}
