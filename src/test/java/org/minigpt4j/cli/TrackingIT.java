package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.track.RunCatalog;
import org.minigpt4j.track.store.Point;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.track.store.RunView;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Small trainings and what their records say. */
class TrackingIT {

    private static final TrackingEnvironment NOTHING = TrackingEnvironment.of(Map.of(), "me");

    @TempDir private Path temp;

    @Test
    void aRunThatFailedGoesOnInItsRecordAndTheNextStageNamesIt() throws Exception {
        NanoFiles files = NanoFiles.make(temp, 96);
        Map<String, String> options = new HashMap<>();
        options.put("run.max_epoch", "1");
        options.put("run.iters_per_epoch", "8");
        options.put("run.batch_size_train", "4");
        options.put("run.checkpoint.steps", "2");
        options.put("run.tracking.register", "projection");

        options.put("run.listeners", "[" + StepFiveFails.class.getName() + "]");
        String failed = run(1, files.train("one", options));
        String whose = StepFiveFails.class.getName() + " failed in onTrainingBatch: ";
        assertTrue(failed.contains(whose + IllegalStateException.class.getName()), failed);
        assertTrue(failed.contains("step 5 has a loss"), failed);
        assertFalse(failed.contains("unexpected error"), failed);
        RunView first = onlyRun();
        assertEquals(RunStatus.FAILED, first.status());
        assertTrue(first.tags().get("minigpt4j.error").contains("step 5 has a loss"));
        assertEquals(5, first.latest().get("loss").step());

        options.put("run.listeners", "[]");
        run(0, files.train("one", options));
        RunView resumed = onlyRun();
        assertEquals(first.id(), resumed.id());
        assertEquals(RunStatus.FINISHED, resumed.status());
        assertEquals("image_text_pretrain", resumed.experiment());
        assertEquals("8", resumed.params().get("run.iters_per_epoch"));
        assertEquals("12416", resumed.params().get("parameters.trainable"));
        List<String> lines = Files.readAllLines(temp.resolve("one/metrics.jsonl"));
        List<Point> history = history(resumed, "loss");
        assertEquals(8, history.size());
        for (int i = 0; i < 8; i++) {
            var json = JsonParser.parseString(lines.get(i)).getAsJsonObject();
            assertEquals(i + 1, history.get(i).step());
            assertEquals(json.get("loss").getAsDouble(), history.get(i).value());
        }
        assertEquals(1, history(resumed, "epoch_loss").size());
        for (String artifact :
                List.of(
                        "config.json",
                        "metrics.jsonl",
                        "loss.png",
                        "report.html",
                        "samples.html",
                        "model/projection.safetensors",
                        "model/checkpoint_manifest.json")) {
            assertTrue(Files.size(Path.of(resumed.artifactUri()).resolve(artifact)) > 0, artifact);
        }

        String shards = temp.resolve("shards").toString();
        assertEquals(List.of("scenes training {\"uri\":\"" + shards + "\"}"), inputs(resumed));

        options.put("model.ckpt", temp.resolve("one").toString());
        options.put("datasets.scenes.build_info.val_storage", shards + "/*.tar");
        options.put("run.valid_splits", "[val]");
        options.put("run.tracking.every_steps", "3");
        run(0, files.train("two", options));
        RunView second = runs().get(0);
        assertEquals(resumed.id(), second.tags().get("minigpt4j.from_run"));
        assertEquals(
                Set.of(
                        "scenes training {\"uri\":\"" + shards + "\"}",
                        "scenes validation {\"uri\":\"" + shards + "/*.tar\"}"),
                Set.copyOf(inputs(second)));
        assertEquals(
                List.of(3L, 6L, 8L), history(second, "loss").stream().map(Point::step).toList());

        String store = temp.resolve("mlflow.db").toString();
        String list = run(0, List.of("track", "list", "--store", store));
        assertTrue(list.contains(resumed.id().substring(0, 8)), list);
        String show = run(0, List.of("track", "show", "--store", store, "two"));
        assertTrue(show.contains("minigpt4j.from_run"), show);
        Path out = temp.resolve("comparison");
        String comparison =
                run(
                        0,
                        List.of(
                                "track",
                                "compare",
                                "--store",
                                store,
                                "--out",
                                out.toString(),
                                "one",
                                "two"));
        assertTrue(comparison.contains("run.tracking.every_steps"), comparison);
        assertFalse(comparison.contains("run.iters_per_epoch"), "is equal: " + comparison);
        assertTrue(Files.size(out.resolve("loss.png")) > 1000);
        assertTrue(Files.readString(out.resolve("compare.html")).contains("<svg "));
        run(0, List.of("track", "export", "--store", store, "one", "--out", out.toString()));
        assertTrue(
                Files.readAllLines(out.resolve("metrics.csv")).stream()
                                .filter(line -> line.startsWith("loss,"))
                                .count()
                        == 8);
        String sync = run(0, List.of("track", "sync", temp.toString()));
        assertTrue(sync.contains("0 left"), sync);
    }

    private static List<String> inputs(RunView run) {
        return run.inputs().stream()
                .map(input -> input.name() + " " + input.context() + " " + input.source())
                .toList();
    }

    @Test
    void stepsThatAKillTookFromTheRecordAreToldByTheRunThatGoesOn() throws Exception {
        NanoFiles files = NanoFiles.make(temp, 96);
        Map<String, String> options = new HashMap<>();
        options.put("run.max_epoch", "2");
        options.put("run.iters_per_epoch", "4");
        options.put("run.batch_size_train", "4");
        options.put("run.checkpoint.steps", "2");
        // As if none of it had reached the disk.
        options.put("run.tracking.uri", "none");
        options.put("run.listeners", "[" + StepFiveFails.class.getName() + "]");
        run(1, files.train("one", options));
        options.remove("run.tracking.uri");
        options.put("run.listeners", "[]");
        run(0, files.train("one", options));
        List<Point> history = history(onlyRun(), "loss");
        List<String> lines = Files.readAllLines(temp.resolve("one/metrics.jsonl"));
        assertEquals(8, history.size());
        for (int i = 0; i < 8; i++) {
            var json = JsonParser.parseString(lines.get(i)).getAsJsonObject();
            assertEquals(i + 1, history.get(i).step());
            assertEquals(json.get("loss").getAsDouble(), history.get(i).value());
        }
        List<Point> losses = history(onlyRun(), "epoch_loss");
        assertEquals(List.of(4L, 8L), losses.stream().map(Point::step).toList());
        String epoch =
                Files.readAllLines(temp.resolve("one/log.txt")).stream()
                        .filter(line -> line.startsWith("{\"train_lr\""))
                        .findFirst()
                        .orElseThrow();
        assertEquals(
                JsonParser.parseString(epoch).getAsJsonObject().get("train_loss").getAsDouble(),
                losses.get(0).value());
        for (String metric : onlyRun().latest().keySet()) {
            int points = history(onlyRun(), metric).size();
            assertTrue(points == 8 || metric.matches("(epoch|system/).*"), metric + " " + points);
        }
    }

    @Test
    void theManifestOfACheckpointThatLiesElsewhereIsRecordedToo() throws Exception {
        NanoFiles files = NanoFiles.make(temp, 96);
        Map<String, String> options = new HashMap<>();
        options.put("run.max_epoch", "1");
        options.put("run.iters_per_epoch", "2");
        options.put("run.batch_size_train", "4");
        options.put("run.checkpoint.dir", temp.resolve("elsewhere").toUri().toString());
        run(0, files.train("one", options));
        Path recorded = Path.of(onlyRun().artifactUri()).resolve("model/checkpoint_manifest.json");
        assertEquals(
                Files.readString(temp.resolve("elsewhere/00000002/manifest.json")),
                Files.readString(recorded));
    }

    @Test
    void aRunIsNotRecordedWhereNobodyWantsIt() throws Exception {
        NanoFiles files = NanoFiles.make(temp, 96);
        Map<String, String> options = new HashMap<>();
        options.put("run.max_epoch", "1");
        options.put("run.iters_per_epoch", "2");
        options.put("run.batch_size_train", "4");
        options.put("run.tracking.uri", "none");
        run(0, files.train("one", options));
        assertFalse(Files.exists(temp.resolve("mlflow.db")));
        assertFalse(Files.exists(temp.resolve("one/tracking")));
    }

    private RunView onlyRun() {
        List<RunView> runs = runs();
        assertEquals(1, runs.size());
        return runs.get(0);
    }

    private RunCatalog open() {
        return new RunCatalog(
                "sqlite:///" + temp.resolve("mlflow.db"), NOTHING, Duration.ofSeconds(60));
    }

    private List<RunView> runs() {
        try (RunCatalog catalog = open()) {
            return catalog.runs();
        }
    }

    private List<Point> history(RunView run, String metric) {
        try (RunCatalog catalog = open()) {
            return catalog.history(run, metric);
        }
    }

    private static String run(int code, List<String> arguments) {
        StringWriter printed = new StringWriter();
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(printed, true));
        command.setErr(new PrintWriter(printed, true));
        assertEquals(
                code,
                command.execute(arguments.toArray(String[]::new)),
                arguments + "\n" + printed);
        return printed.toString();
    }
}
