package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.checkpoint.Checkpoint;
import org.minigpt4j.checkpoint.CheckpointFolder;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.cli.NanoFiles;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.io.Store;
import org.minigpt4j.nano.files.SceneShards;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.track.RunCatalog;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.track.store.RunView;
import org.minigpt4j.train.record.RunFacts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs put together from a configuration. */
class TrainRunIT {

    private static final Path PAGE = Path.of("docs", "training.md");

    @TempDir private static Path temp;
    private static NanoFiles files;

    @BeforeAll
    static void make() throws IOException {
        files = NanoFiles.make(temp, 64);
    }

    @Test
    void replicasOfADeviceShareTheFrozenWeights() {
        List<String> alone = loaded("cpu x 1");
        assertEquals(alone, loaded("cpu x 3"));
        assertEquals(alone.size(), Set.copyOf(alone).size(), "each tensor once");
    }

    private static List<String> loaded(String devices) {
        List<String> keys = new ArrayList<>();
        TrainConfig config = config("shared", Map.of("run.devices", devices));
        try (TrainRun run = TrainRun.open(config, Resume.AUTO, (key, bytes) -> keys.add(key))) {
            assertEquals(List.of(), run.notices());
        }
        assertTrue(keys.size() > 50, keys.toString());
        return keys;
    }

    @Test
    void aRunThatIsGivenUpWhileItLoadsFreesItsFolder() {
        TrainConfig config = config("given_up", Map.of());
        int[] loaded = {0};
        assertThrows(
                CancellationException.class,
                () ->
                        TrainRun.open(
                                config,
                                Resume.AUTO,
                                (key, bytes) -> {
                                    if (++loaded[0] == 3) {
                                        throw new CancellationException();
                                    }
                                }));
        assertEquals(3, loaded[0]);
        TrainRun.open(config, Resume.AUTO, (key, bytes) -> {}).close();
    }

    @Test
    void aRunThatFailsBeforeItsFirstStepIsRecordedWithTheReason() throws Exception {
        String store = "sqlite:///" + temp.resolve("failed.db");
        TrainConfig config = config("failed", Map.of("run.tracking.uri", store));
        try (TrainRun run = TrainRun.open(config, Resume.AUTO, (key, bytes) -> {})) {
            // What comes in the way only now could not be found before.
            Files.createDirectories(temp.resolve("failed/metrics.jsonl"));
            assertThrows(
                    FailedException.class, () -> run.train(List.of(), warning -> {}, () -> false));
        }
        var nobody = TrackingEnvironment.of(Map.of(), "me");
        try (RunCatalog catalog = new RunCatalog(store, nobody, Duration.ofSeconds(60))) {
            assertEquals(1, catalog.runs().size());
            RunView recorded = catalog.runs().get(0);
            assertEquals(RunStatus.FAILED, recorded.status());
            String reason = recorded.tags().get("minigpt4j.error");
            assertTrue(reason.contains("failed"), reason);
        }
    }

    @Test
    void aRunThatAnotherVersionSavedSaysSo() throws Exception {
        TrainConfig config = config("older", Map.of("run.max_epoch", "1"));
        try (TrainRun run = TrainRun.open(config, Resume.AUTO, (key, bytes) -> {})) {
            run.train(List.of(), warning -> {}, () -> false);
        }
        Store store = new RunFolder(temp.resolve("older")).store();
        Checkpoint saved = Checkpoint.read(store, CheckpointFolder.name(2));
        new Checkpoint(saved.state(), saved.config(), "0.0.9")
                .write(store, CheckpointFolder.name(2));
        try (TrainRun run = TrainRun.open(config, Resume.AUTO, (key, bytes) -> {})) {
            assertTrue(
                    run.notices().get(1).startsWith("it was saved by version 0.0.9"),
                    run.notices().toString());
        }
    }

    @Test
    void everyPlaceOfADataSetHasItsManifestInTheRecord() throws Exception {
        Path other = temp.resolve("other");
        SceneShards.write(new SceneWorld(1, 128), other, 0, 8);
        for (Path place : List.of(temp.resolve("shards"), other)) {
            Files.writeString(place.resolve("manifest.json"), "of " + place);
        }
        String key = "datasets.scenes.build_info.storage";
        String both = "[" + temp.resolve("shards") + "," + other + "]";
        try {
            Map<String, String> one = RunFacts.data(config("one", Map.of()).datasets());
            assertEquals(Set.of("data.scenes.manifest_sha256"), one.keySet());
            Map<String, String> two = RunFacts.data(config("two", Map.of(key, both)).datasets());
            assertEquals(
                    Set.of("data.scenes.manifest_sha256.0", "data.scenes.manifest_sha256.1"),
                    two.keySet());
            assertEquals(2, Set.copyOf(two.values()).size());
            assertTrue(two.containsValue(one.get("data.scenes.manifest_sha256")));
        } finally {
            Files.delete(temp.resolve("shards/manifest.json"));
        }
    }

    @Test
    void aLineOfTheLogHoldsWhatThePageSaysAndAddsUp() throws Exception {
        TrainConfig config =
                config("logged", Map.of("run.micro_batches", "3", "run.peak_tflops", "0.25"));
        try (TrainRun run = TrainRun.open(config, Resume.AUTO, (key, bytes) -> {})) {
            run.train(List.of(), warning -> {}, () -> false);
        }
        List<String> lines = Files.readAllLines(temp.resolve("logged/metrics.jsonl"));
        assertEquals(4, lines.size());
        for (int i = 0; i < lines.size(); i++) {
            JsonObject line = JsonParser.parseString(lines.get(i)).getAsJsonObject();
            Set<String> documented = documented();
            documented.remove("skipped"); // none was
            assertEquals(documented, new TreeSet<>(line.keySet()));
            assertEquals(i + 1, number(line, "step"));
            assertEquals(i / 2, number(line, "epoch"));
            assertEquals(6, number(line, "samples"));
            double seconds = number(line, "step_s");
            double phases =
                    number(line, "data_s")
                            + number(line, "compute_s")
                            + number(line, "reduce_s")
                            + number(line, "update_s");
            assertEquals(seconds, phases, 1e-9);
            assertEquals(6, seconds * number(line, "samples_per_s"), 1e-6);
            assertEquals(number(line, "tokens"), seconds * number(line, "tokens_per_s"), 1e-6);
            assertEquals(number(line, "tflops") / 0.25, number(line, "mfu"), 1e-9);
            assertTrue(number(line, "labels") < number(line, "tokens"));
            assertTrue(number(line, "host_bytes") > 1e8);
            assertTrue(number(line, "eta_s") >= 0);
        }
        assertEquals(0, number(JsonParser.parseString(lines.get(3)).getAsJsonObject(), "eta_s"));
    }

    /** The fields that the page's table explains. */
    private static Set<String> documented() throws IOException {
        String page = Files.readString(PAGE);
        String table = page.substring(page.indexOf("| field | meaning |"));
        table = table.substring(0, table.indexOf("\n\n"));
        Set<String> fields = new TreeSet<>();
        for (String row : table.lines().skip(2).toList()) {
            Matcher name =
                    Pattern.compile("`(\\w+)`").matcher(row.substring(0, row.indexOf("|", 1)));
            while (name.find()) {
                fields.add(name.group(1));
            }
        }
        return fields;
    }

    private static double number(JsonObject line, String name) {
        return line.get(name).getAsDouble();
    }

    private static TrainConfig config(String output, Map<String, String> more) {
        Map<String, String> options =
                new TreeMap<>(
                        Map.of(
                                "run.max_epoch", "2",
                                "run.iters_per_epoch", "2",
                                "run.batch_size_train", "2",
                                "run.threads", "1",
                                "run.tracking.uri", "none"));
        options.putAll(more);
        List<String> arguments = files.train(output, options);
        int begin = arguments.indexOf("--options") + 1;
        return TrainConfig.load(
                Path.of(arguments.get(2)), arguments.subList(begin, arguments.size()));
    }
}
