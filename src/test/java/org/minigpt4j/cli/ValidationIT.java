package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.cli.TrainProcess.Blow;
import org.minigpt4j.cli.TrainProcess.Ended;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.nano.files.SceneShards;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.track.RunCatalog;
import org.minigpt4j.track.store.RunView;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Runs that measure their loss on scenes that they do not train on. */
@Timeout(300)
class ValidationIT {

    private static final int STEPS = 4;
    private static final int EPOCHS = 3;
    private static final int SAMPLES = 150;
    private static final TrainProcess PROCESS = new TrainProcess(List.of(), List.of());

    @TempDir private static Path temp;
    private static NanoFiles files;

    @BeforeAll
    static void make() throws IOException {
        files = NanoFiles.make(temp, 64);
        SceneShards.write(new SceneWorld(0, 128), temp.resolve("held-out"), 1000, SAMPLES);
    }

    @Test
    void theLossIsRecordedAndARunKilledWhileMeasuringHasTheSameAfterwards() throws Exception {
        Ended unbroken = run("unbroken", Map.of("run.devices", "cpu x 2"), Blow.NEVER);
        assertEquals(0, unbroken.exitCode(), unbroken.output());
        List<String> epochs = epochLines("unbroken");
        assertEquals(EPOCHS, epochs.size());
        assertTrue(epochs.get(2).contains("\"valid_loss\": \""), epochs.get(2));
        assertTrue(unbroken.output().contains(", held-out loss "), unbroken.output());
        assertTrue(unbroken.output().contains("Lowest held-out loss"), unbroken.output());
        double last = loss("unbroken");
        assertEquals(last, recorded("unbroken"));
        assertEquals(
                String.format(Locale.ROOT, "%.3f", last),
                JsonParser.parseString(epochs.get(2))
                        .getAsJsonObject()
                        .get("valid_loss")
                        .getAsString());

        // Signs of life: weights are loaded, then an epoch's steps, then it measures.
        Map<String, String> one = Map.of("run.devices", "cpu x 1");
        Ended killed = run("killed", one, new Blow(1 + STEPS, 30_000_000, false));
        assertEquals(137, killed.exitCode(), killed.output());
        // A busy machine kills later, and may not have a checkpoint on disk by then.
        List<String> before = epochLines("killed");
        assertEquals(epochs.subList(0, before.size()), before);
        boolean saved = new RunFolder(temp.resolve("killed")).newest().isPresent();
        Ended resumed = run("killed", one, Blow.NEVER);
        assertEquals(0, resumed.exitCode(), resumed.output());
        assertEquals(saved, resumed.output().contains("after step"), resumed.output());
        assertEquals(epochs, epochLines("killed"));
        assertEquals(last, loss("killed"), "to the last bit, with one replica");
    }

    @Test
    @Tag("soak")
    void everySampleCountsOnceHoweverTheyAreCut() throws Exception {
        double[] losses = new double[3];
        List<Map<String, String>> ways =
                List.of(
                        Map.of("run.batch_size_eval", "64"),
                        Map.of("run.batch_size_eval", "7"),
                        Map.of("run.batch_size_eval", "7", "run.valid_samples", "100"));
        for (int i = 0; i < 3; i++) {
            Map<String, String> options = new TreeMap<>(ways.get(i));
            options.put("run.max_epoch", "1");
            Ended ended = run("cut" + i, options, Blow.NEVER);
            assertEquals(0, ended.exitCode(), ended.output());
            losses[i] = loss("cut" + i, STEPS);
        }
        assertEquals(losses[0], losses[1], 1e-6 * losses[0]);
        assertNotEquals(losses[1], losses[2], 1e-5 * losses[1]);
    }

    private static Ended run(String output, Map<String, String> more, Blow blow) throws Exception {
        Map<String, String> options =
                new TreeMap<>(
                        Map.of(
                                "run.max_epoch", "" + EPOCHS,
                                "run.iters_per_epoch", "" + STEPS,
                                "run.batch_size_train", "2",
                                "run.micro_batches", "2",
                                "run.threads", "1",
                                "run.log_freq", "1",
                                "run.batch_size_eval", "16",
                                "run.valid_splits", "[val]",
                                "run.checkpoint.steps", "3",
                                "datasets.scenes.build_info.val_storage",
                                        temp.resolve("held-out").toString()));
        options.putAll(more);
        return PROCESS.run(files.train(output, options), blow);
    }

    private static List<String> epochLines(String output) throws IOException {
        Path log = new RunFolder(temp.resolve(output)).log();
        return Files.readAllLines(log).stream()
                .filter(line -> line.startsWith("{\"train_lr\""))
                .toList();
    }

    /** What the last checkpoint would be chosen by, with all its digits. */
    private static double loss(String output) throws IOException {
        return loss(output, EPOCHS * STEPS);
    }

    private static double loss(String output, int step) throws IOException {
        Path manifest =
                new RunFolder(temp.resolve(output)).checkpoint(step).resolve("manifest.json");
        return JsonParser.parseString(Files.readString(manifest))
                .getAsJsonObject()
                .get("loss")
                .getAsDouble();
    }

    /** The last value of the metric {@code valid_loss}. */
    private static double recorded(String output) {
        String store = "sqlite:///" + temp.resolve("mlflow.db");
        var nobody = TrackingEnvironment.of(Map.of(), "me");
        try (RunCatalog catalog = new RunCatalog(store, nobody, Duration.ofSeconds(60))) {
            RunView run =
                    catalog.runs().stream()
                            .filter(r -> r.name().startsWith(output))
                            .findFirst()
                            .orElseThrow();
            return run.latest().get("valid_loss").value();
        }
    }
}
