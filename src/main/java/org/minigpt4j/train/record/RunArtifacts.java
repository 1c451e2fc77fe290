package org.minigpt4j.train.record;

import org.minigpt4j.checkpoint.Checkpoint;
import org.minigpt4j.checkpoint.CheckpointFolder;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.model.TrainableTensor;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.track.Tracker;
import org.minigpt4j.track.page.Curves;
import org.minigpt4j.track.store.Point;
import org.minigpt4j.weights.SafetensorsBytes;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The files of a run that are recorded: its configuration at the start; at the end the projection,
 * the manifest of the last checkpoint, {@code metrics.jsonl}, the loss curve and the report. Files
 * created only for the record stay in the tracker's folder until they are sent.
 */
final class RunArtifacts {

    static final String MODEL = "model";

    private final RunFolder folder;
    private final CheckpointFolder checkpoints;
    private final Tracker tracker;

    /** The artifacts of the run in {@code folder}; its checkpoints may be in another store. */
    RunArtifacts(RunFolder folder, CheckpointFolder checkpoints, Tracker tracker) {
        this.folder = folder;
        this.checkpoints = checkpoints;
        this.tracker = tracker;
    }

    void configuration(TrainConfig config) {
        text("config.json", ForeignText.withoutSecrets(config.toJson(2)));
    }

    /** Records a file of the output folder as it is now. */
    void file(Path file) {
        copy(file.getFileName().toString(), file);
    }

    /** Records the final files when a run has ended or was stopped. */
    void end(TrainableValues trainable) {
        trained(trainable);
        checkpoints.finished().stream()
                .findFirst()
                .map(newest -> CheckpointFolder.name(newest) + "/" + Checkpoint.MANIFEST)
                .ifPresent(
                        manifest ->
                                tracker.artifact(
                                        MODEL + "/checkpoint_manifest.json",
                                        checkpoints.store().get(manifest)));
        copy("metrics.jsonl", folder.metrics());
        List<Point> loss = RunReport.curves(folder).getOrDefault("loss", List.of());
        tracker.artifact("loss.png", Curves.png("loss", Map.of("loss", loss)));
        copy("report.html", folder.reportPage());
    }

    /** Records the trained tensors, under upstream's keys. */
    private void trained(TrainableValues values) {
        Map<String, SafetensorsBytes.Tensor> tensors = new LinkedHashMap<>();
        for (TrainableTensor tensor : values.set().tensors()) {
            tensors.put(
                    tensor.name(),
                    new SafetensorsBytes.Tensor(
                            tensor.shape().getShape(), values.floats(tensor.name())));
        }
        tracker.artifact(
                MODEL
                        + (values.set().isProjectionAlone()
                                ? "/projection.safetensors"
                                : "/trained.safetensors"),
                SafetensorsBytes.encode(tensors, Map.of("format", "pt")));
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
