package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The README's first command and what it promises, from the packaged jar, in a folder of its own.
 */
class QuickstartIT {

    private static final double CLEARLY = 0.9;

    /** Answers that come from the picture; guessing gives about 0.3. */
    private static final double SEEN = 0.5;

    @Test
    void bothStagesTrainAndTheModelAnswersAboutPicturesItNeverSaw(@TempDir Path folder)
            throws Exception {
        QuickstartFolder.make(folder);
        QuickstartFolder.shorten(folder, 40, 15);
        Path output = folder.resolve("output/quickstart");

        killedOnceItTrains(folder, output.resolve("stage1/metrics.jsonl"));
        String first = QuickstartFolder.run(folder, 0, "quickstart");
        assertTrue(first.contains("resuming"), first);
        assertLossFalls(output.resolve("stage1"));
        assertLossFalls(output.resolve("stage2"));
        assertTrue(first.contains("Stage 1: captions"), first);
        assertTrue(first.contains("\nright answers "), first);
        assertTrue(first.contains("\n  after stage 2  "), first);

        String results = Files.readString(output.resolve("results.json"));
        JsonObject json = JsonParser.parseString(results).getAsJsonObject();
        assertTrue(answers(json, "before") < SEEN, results);
        assertTrue(answers(json, "stage1") > SEEN, results);
        assertTrue(answers(json, "stage2") > SEEN, results);
        String page = Files.readString(output.resolve("report.html"));
        assertEquals(3, page.split("data:image/jpeg;base64,", -1).length - 1);
        assertTrue(page.contains("<svg "), "curves");
        assertFalse(page.contains("src=\"http"), "the page loads something");

        String chat =
                QuickstartFolder.run(
                        folder,
                        0,
                        "chat",
                        "--greedy",
                        "--image",
                        "output/quickstart/data/align/image/1.jpg",
                        "--question",
                        "How many objects are there?");
        assertTrue(chat.startsWith("There "), chat);

        assertTrue(Files.readString(output.resolve("stage2/samples.html")).contains("epoch 3"));
        String comparison = QuickstartFolder.run(folder, 0, "track", "compare", "stage1", "stage2");
        assertTrue(comparison.contains("run.init_lr"), comparison);
        assertTrue(Files.size(folder.resolve("output/compare/loss.png")) > 1000);
        assertTrue(
                QuickstartFolder.run(folder, 0, "track", "show", "stage2")
                        .contains("minigpt4j.from_run"),
                "stage 2 does not name stage 1");
        assertFalse(first.contains("WARN"), "a user should not see this: " + first);

        // The files are there now: training alone, resumed behind its end and with an override.
        String again =
                QuickstartFolder.run(
                        folder, 0, "train", "--cfg-path", "train_configs/quickstart_stage1.yaml");
        assertTrue(again.contains("resuming"), again);
        String other =
                QuickstartFolder.run(
                        folder,
                        2,
                        "train",
                        "--cfg-path",
                        "train_configs/quickstart_stage1.yaml",
                        "--options",
                        "run.init_lr=1e-4");
        assertTrue(other.contains("run.init_lr"), other);
        QuickstartFolder.run(
                folder,
                0,
                "train",
                "--cfg-path",
                "train_configs/quickstart_stage2.yaml",
                "--options",
                "run.max_epoch=1",
                "run.iters_per_epoch=3",
                "run.output_dir=output/other");
        assertEquals(3, Files.readAllLines(folder.resolve("output/other/metrics.jsonl")).size());
        QuickstartFolder.run(
                folder,
                0,
                "weights",
                "check",
                "--cfg-path",
                "train_configs/quickstart_stage2.yaml");
    }

    private static double answers(JsonObject results, String state) {
        return results.getAsJsonObject(state).get("answers").getAsDouble();
    }

    /** Starts a quickstart and ends it with SIGKILL in the second epoch of stage 1. */
    private static void killedOnceItTrains(Path folder, Path metrics) throws Exception {
        Process process = QuickstartFolder.start(folder, "quickstart");
        long deadline = System.nanoTime() + Duration.ofMinutes(5).toNanos();
        while (process.isAlive() && System.nanoTime() < deadline) {
            if (Files.exists(metrics) && Files.readAllLines(metrics).size() > 50) {
                break;
            }
            process.waitFor(50, TimeUnit.MILLISECONDS);
        }
        process.destroyForcibly().waitFor();
    }

    private static void assertLossFalls(Path run) throws IOException {
        List<Double> losses = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            var json = JsonParser.parseString(line).getAsJsonObject();
            losses.add(json.get("loss").getAsDouble());
            assertEquals(losses.size(), json.get("step").getAsInt());
            assertTrue(json.has("lr"), line);
        }
        double first = mean(losses.subList(0, 10));
        double last = mean(losses.subList(losses.size() - 10, losses.size()));
        assertTrue(last < CLEARLY * first, run + ": " + first + " -> " + last);
        assertTrue(Files.readString(run.resolve("log.txt")).contains("\"train_loss\""));
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(d -> d).average().orElseThrow();
    }
}
