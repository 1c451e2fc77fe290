package org.minigpt4j.train;

import org.minigpt4j.UsageException;
import org.minigpt4j.weights.MiniGpt4Pth;

import java.nio.file.Files;
import java.nio.file.Path;

/** The checkpoint of another run that {@code run.resume_ckpt_path} names. */
final class NamedCheckpoint {

    private NamedCheckpoint() {}

    /**
     * The state to go on from: of a run's output folder (its newest checkpoint), of one checkpoint
     * folder, or of a {@code .pth} of upstream's.
     *
     * @param setting the key that named it, with its place, for messages
     * @param iterations iterations of an epoch, which upstream's files do not count
     * @param microBatches micro-batches of an iteration, which they do not know either
     * @throws UsageException if there is none, or its projection does not lead from {@code width}
     *     to {@code hidden} channels
     */
    static TrainState read(
            Path path, String setting, int iterations, int microBatches, int hidden, int width) {
        Projections.read(path, setting, hidden, width); // says what is wrong with shapes and keys
        if (!Files.isDirectory(path)) {
            return UpstreamCheckpoint.state(
                    MiniGpt4Pth.read(path), setting + ": " + path, iterations, microBatches);
        }
        Path folder = RunFolder.isRun(path) ? new RunFolder(path).newest().orElse(path) : path;
        return Checkpoint.read(folder).state();
    }
}
