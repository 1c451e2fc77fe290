package org.minigpt4j.checkpoint;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.LocalStore;
import org.minigpt4j.model.TrainableSet;
import org.minigpt4j.weights.MiniGpt4Pth;

import java.nio.file.Files;
import java.nio.file.Path;

/** The checkpoint of another run, which a configuration names. */
public final class NamedCheckpoint {

    private NamedCheckpoint() {}

    /**
     * The state to go on from: of a run's output folder (its newest checkpoint), of one checkpoint
     * folder, or of a {@code .pth} of upstream's.
     *
     * @param setting the key that named it, with its place, for messages
     * @param steps steps of an epoch, which upstream's files do not count
     * @param microBatches micro-batches of a step, which they do not know either
     * @param known every tensor that the model could have trained, in its shape
     * @throws UsageException if there is none, it is damaged, or a tensor has another shape
     */
    public static TrainState read(
            Path path, String setting, int steps, int microBatches, TrainableSet known) {
        if (Files.isDirectory(path)) {
            return inFolder(path, setting, known);
        }
        TrainedTensors.read(path, setting, known); // says what is wrong with shapes and keys
        return UpstreamCheckpoint.state(
                MiniGpt4Pth.read(path), setting + ": " + path, steps, microBatches);
    }

    /** The state in a folder of ours, every byte of it held against its manifest. */
    static TrainState inFolder(Path path, String setting, TrainableSet known) {
        Checkpoint checkpoint;
        Path folder = path;
        try {
            if (RunFolder.isRun(path)) {
                CheckpointFolder checkpoints = new CheckpointFolder(new RunFolder(path).store());
                checkpoint = checkpoints.newest().orElseThrow(() -> none(setting, path));
                folder = new RunFolder(path).checkpoint(checkpoint.state().step());
            } else if (Files.exists(path.resolve(Checkpoint.MANIFEST))) {
                Path absolute = path.toAbsolutePath();
                checkpoint =
                        Checkpoint.read(
                                new LocalStore(absolute.getParent()),
                                absolute.getFileName().toString());
            } else {
                throw none(setting, path);
            }
        } catch (DamagedCheckpointException e) {
            throw new UsageException(setting + ": " + e.getMessage() + "; name another one", e);
        }
        TrainState state = checkpoint.state();
        TrainedTensors.check(state.trainable().set(), setting + ": " + folder, known);
        TrainedTensors.check(state.carried().set(), setting + ": " + folder, known);
        return state;
    }

    private static UsageException none(String setting, Path path) {
        return new UsageException(
                ("%s: %s holds no checkpoint; name the output folder of a run, one folder below its"
                                + " checkpoints, or a .pth file")
                        .formatted(setting, path));
    }
}
