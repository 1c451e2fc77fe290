package org.minigpt4j.train.record;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import org.minigpt4j.checkpoint.Checkpoint;
import org.minigpt4j.checkpoint.CheckpointFolder;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.WholeLines;
import org.minigpt4j.model.ProjectionValues;
import org.minigpt4j.track.Tracker;
import org.minigpt4j.track.page.Curves;
import org.minigpt4j.track.page.HtmlPage;
import org.minigpt4j.track.store.Point;
import org.minigpt4j.weights.SafetensorsBytes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The files of a run that go to its record: its configuration at the start; at its end the
 * projection, the manifest of the last checkpoint, {@code metrics.jsonl}, the loss curve and a
 * report. What is made for the record lies in the tracker's own folder until it was sent.
 */
final class RunArtifacts {

    static final String MODEL = "model";

    private static final List<String> CURVES = List.of("loss", "lr", "grad_norm", "samples_per_s");

    private final RunFolder folder;
    private final CheckpointFolder checkpoints;
    private final Tracker tracker;

    /** Files of the run in {@code folder}, whose checkpoints may lie elsewhere. */
    RunArtifacts(RunFolder folder, CheckpointFolder checkpoints, Tracker tracker) {
        this.folder = folder;
        this.checkpoints = checkpoints;
        this.tracker = tracker;
    }

    void configuration(TrainConfig config) {
        text("config.json", config.toJson(2));
    }

    /** A file of the output folder as it is now. */
    void file(Path file) {
        copy(file.getFileName().toString(), file);
    }

    /** What there is when a run has ended or was stopped. */
    void end(ProjectionValues projection, String title) {
        projection(projection);
        checkpoints.finished().stream()
                .findFirst()
                .map(newest -> CheckpointFolder.name(newest) + "/" + Checkpoint.MANIFEST)
                .ifPresent(
                        manifest ->
                                tracker.artifact(
                                        MODEL + "/checkpoint_manifest.json",
                                        checkpoints.store().get(manifest)));
        copy("metrics.jsonl", folder.metrics());
        Map<String, List<Point>> curves = curves();
        HtmlPage page = new HtmlPage(title);
        for (String metric : CURVES) {
            if (curves.containsKey(metric)) {
                byte[] picture = Curves.png(metric, Map.of(metric, curves.get(metric)));
                page.picture(picture, metric + " by step");
                if (metric.equals("loss")) {
                    tracker.artifact("loss.png", picture);
                }
            }
        }
        page.heading("Figures")
                .table(List.of("metric", "first", "last", "least", "most"), rows(curves));
        text("report.html", page.html());
    }

    private void projection(ProjectionValues values) {
        int hidden = values.bias().length;
        Map<String, SafetensorsBytes.Tensor> tensors = new LinkedHashMap<>();
        tensors.put(
                "llama_proj.weight",
                new SafetensorsBytes.Tensor(
                        new long[] {hidden, values.weight().length / hidden}, values.weight()));
        tensors.put(
                "llama_proj.bias", new SafetensorsBytes.Tensor(new long[] {hidden}, values.bias()));
        tracker.artifact(
                MODEL + "/projection.safetensors",
                SafetensorsBytes.encode(tensors, Map.of("format", "pt")));
    }

    /** The curves of {@code metrics.jsonl}, which has every step whatever was recorded. */
    private Map<String, List<Point>> curves() {
        Map<String, List<Point>> curves = new TreeMap<>();
        try {
            for (String line : WholeLines.read(folder.metrics())) {
                step(line).ifPresent(json -> json.keySet().forEach(key -> add(curves, key, json)));
            }
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder.metrics(), e);
        }
        return curves;
    }

    private static Optional<JsonObject> step(String line) {
        try {
            return Optional.of(JsonParser.parseString(line).getAsJsonObject());
        } catch (JsonParseException | IllegalStateException e) {
            return Optional.empty(); // cut short by a crash
        }
    }

    private static void add(Map<String, List<Point>> curves, String key, JsonObject json) {
        var value = json.get(key);
        if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber()) {
            curves.computeIfAbsent(key, k -> new ArrayList<>())
                    .add(new Point(key, value.getAsDouble(), 0, json.get("step").getAsLong()));
        }
    }

    private static List<List<String>> rows(Map<String, List<Point>> curves) {
        List<List<String>> rows = new ArrayList<>();
        curves.forEach(
                (key, points) -> {
                    var values = points.stream().mapToDouble(Point::value).summaryStatistics();
                    rows.add(
                            List.of(
                                    key,
                                    figure(points.get(0).value()),
                                    figure(points.get(points.size() - 1).value()),
                                    figure(values.getMin()),
                                    figure(values.getMax())));
                });
        return rows;
    }

    private static String figure(double value) {
        return String.format(Locale.ROOT, "%.5g", value);
    }

    private void copy(String path, Path file) {
        if (Files.exists(file)) {
            tracker.artifactCopy(path, file);
        }
    }

    private void text(String path, String text) {
        tracker.artifact(path, text.getBytes(StandardCharsets.UTF_8));
    }
}
