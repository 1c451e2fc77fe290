package org.minigpt4j.train.run;

import org.minigpt4j.BuildInfo;
import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.Checkpoint;
import org.minigpt4j.checkpoint.CheckpointFolder;
import org.minigpt4j.checkpoint.NamedCheckpoint;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.checkpoint.TrainedTensors;
import org.minigpt4j.config.RunConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.TrainableSet;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.train.Schedule;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a run begins: at its own checkpoint, else at the one in {@code run.resume_ckpt_path}, else
 * with the projection of {@code model.ckpt} or a random one.
 *
 * @param state the initial state
 * @param microBatches number of micro-batches in a step; a resumed run keeps its number
 * @param notices messages for the user
 */
public record StartingPoint(TrainState state, int microBatches, List<String> notices) {

    /**
     * Finds the starting point. With {@link Resume#NEVER}, the folder's own checkpoints are
     * ignored.
     *
     * @param devices number of devices; the default number of micro-batches in a step
     */
    public static StartingPoint of(
            TrainConfig config,
            int devices,
            RunFolder folder,
            CheckpointFolder own,
            Resume resume,
            ModelFiles files) {
        CheckpointFolder.Resumable old =
                resume == Resume.NEVER ? CheckpointFolder.Resumable.NONE : own.resumable();
        List<String> notices = new ArrayList<>(old.damaged());
        Optional<Path> other = config.run().resumeCkptPath();
        if (old.checkpoint().isPresent()) {
            Checkpoint checkpoint = old.checkpoint().get();
            if (resume == Resume.AUTO) {
                requireSameConfig(config, folder, checkpoint);
            }
            // The configuration names files, and their contents may have changed.
            TrainState state = checkpoint.state();
            String place = own.store().describe(CheckpointFolder.name(state.step()));
            TrainedTensors.check(state.trainable().set(), place, files.trainable(true));
            TrainedTensors.check(state.carried().set(), place, files.trainable(true));
            requireSameSet(state, place, config, files);
            notices.add(
                    "resuming %s after step %d"
                            .formatted(folder.root(), checkpoint.state().step()));
            if (!checkpoint.version().equals(BuildInfo.version())) {
                notices.add(
                        "it was saved by version "
                                + checkpoint.version()
                                + " and continues with "
                                + BuildInfo.version()
                                + ", whose numbers may differ in their last bits");
            }
            return begin(checkpoint.state(), config, devices, notices);
        }
        if (other.isPresent()) {
            TrainState state = named(other.get(), config, devices, files);
            notices.add("continuing from %s after step %d".formatted(other.get(), state.step()));
            return begin(state, config, devices, notices);
        }
        return begin(fresh(config, files), config, devices, notices);
    }

    private static StartingPoint begin(
            TrainState state, TrainConfig config, int devices, List<String> notices) {
        int begunWith = state.microBatches();
        int microBatches = config.run().microBatches().orElse(begunWith > 0 ? begunWith : devices);
        if (microBatches < devices) {
            notices.add(
                    (devices - microBatches)
                            + " of "
                            + devices
                            + " replicas stay idle: a step of this run has "
                            + microBatches
                            + (microBatches == 1 ? " micro-batch" : " micro-batches")
                            + " (run.micro_batches, or the number it was started with)");
        }
        return new StartingPoint(state, microBatches, notices);
    }

    /** Weights of a frozen Q-Former that a new run would not take from the Q-Former's file. */
    static TrainableValues carried(TrainConfig config, ModelFiles files) {
        return config.run()
                .resumeCkptPath()
                .map(path -> named(path, config, 1, files))
                .orElseGet(() -> fresh(config, files))
                .carried();
    }

    private static TrainState named(Path path, TrainConfig config, int devices, ModelFiles files) {
        String setting = config.where("run.resume_ckpt_path") + ": run.resume_ckpt_path";
        TrainState state =
                NamedCheckpoint.read(
                        path,
                        setting,
                        config.run().itersPerEpoch().orElse(RunConfig.DEFAULT_STEPS_PER_EPOCH),
                        config.run().microBatches().orElse(devices),
                        files.trainable(true));
        requireSameSet(state, setting + ": " + path, config, files);
        return state;
    }

    /** Checks that the trained tensors are the same; an optimizer cannot continue with others. */
    private static void requireSameSet(
            TrainState state, String place, TrainConfig config, ModelFiles files) {
        boolean frozen = config.model().freezeQformer();
        if (!state.trainable().set().equals(files.trainable(!frozen))) {
            throw new UsageException(
                    ("%s: model.freeze_qformer: %s, but %s comes from a run in which the Q-Former %s;"
                                    + " to start a new run from its weights, name it as"
                                    + " model.ckpt")
                            .formatted(
                                    config.where("model.freeze_qformer"),
                                    frozen ? "True" : "False",
                                    place,
                                    frozen ? "was trained" : "was frozen"));
        }
    }

    private static TrainState fresh(TrainConfig config, ModelFiles files) {
        String setting = config.where("model.ckpt") + ": model.ckpt";
        TrainableSet projection = files.trainable(false);
        TrainableValues trained =
                config.model()
                        .ckpt()
                        .map(path -> TrainedTensors.read(path, setting, files.trainable(true)))
                        .orElseGet(
                                () ->
                                        TrainableValues.initialProjection(
                                                projection, config.run().seed()));
        TrainableSet others = trained.set().without(projection);
        if (config.model().freezeQformer()) {
            return TrainState.start(trained.only(projection), trained.only(others));
        }
        return TrainState.start(files.whole(trained));
    }

    /** True if the output folder holds this run with its last step and its report. */
    public static boolean isFinished(TrainConfig config) {
        RunFolder folder = new RunFolder(config.run().outputDir());
        try {
            return ownStep(config).orElse(0) >= Schedule.of(config.run()).total()
                    && lastWritten(folder.reportPage()) >= lastWritten(folder.metrics());
        } catch (UsageException e) {
            return false; // training will report why no checkpoint can be read
        }
    }

    /** Time of the last change in milliseconds; -1 if the file does not exist. */
    private static long lastWritten(Path file) {
        try {
            return Files.getLastModifiedTime(file).toMillis();
        } catch (IOException notThere) {
            return -1;
        }
    }

    /** The last step of the run in the output folder, if {@link Resume#AUTO} would continue it. */
    private static Optional<Integer> ownStep(TrainConfig config) {
        var store = new RunFolder(config.run().outputDir()).store(config.run().checkpoint());
        return new CheckpointFolder(store)
                .resumable()
                .checkpoint()
                .filter(checkpoint -> differences(config, checkpoint).isEmpty())
                .map(checkpoint -> checkpoint.state().step());
    }

    private static List<String> differences(TrainConfig config, Checkpoint checkpoint) {
        List<String> different =
                new ArrayList<>(
                        ConfigDifference.between(
                                checkpoint.config(),
                                config.toMap(),
                                key ->
                                        config.merged()
                                                .origin(key.replaceAll("\\[.*", ""))
                                                .isBuiltIn()));
        int before = checkpoint.state().microBatches();
        config.run()
                .microBatches()
                .filter(now -> now != before)
                .ifPresent(
                        now ->
                                different.add(
                                        "run.micro_batches (was %d, is %d)"
                                                .formatted(before, now)));
        return different;
    }

    private static void requireSameConfig(
            TrainConfig config, RunFolder folder, Checkpoint checkpoint) {
        List<String> different = differences(config, checkpoint);
        if (!different.isEmpty()) {
            throw new UsageException(
                    folder.root()
                            + " holds a run with another configuration ("
                            + String.join(", ", different)
                            + "); set another run.output_dir, resume anyway with"
                            + " --resume force, or start over with --resume never");
        }
    }
}
