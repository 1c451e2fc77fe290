package org.minigpt4j.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Goldens;
import org.minigpt4j.UsageException;
import org.minigpt4j.io.LocalStore;
import org.minigpt4j.model.TrainableSet;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.weights.MiniGpt4Pth;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class UpstreamCheckpointTest {

    private static final int HIDDEN = 3;
    private static final int WIDTH = 2;

    @TempDir Path folder;

    @Test
    void exportsTheNewestCheckpointOfARun() {
        RunFolder run = new RunFolder(folder.resolve("run"));
        write(run, 10);
        write(run, 20);
        var export = UpstreamCheckpoint.export(run.root(), folder.resolve("out.pth"));
        assertEquals(
                new UpstreamCheckpoint.Export(run.checkpoint(20), 1, 0),
                export,
                "two epochs of ten are epoch 1, counted from 0");
        MiniGpt4Pth file = MiniGpt4Pth.read(folder.resolve("out.pth"));
        assertEquals(1, file.epoch());
        assertEquals(20, file.optimizer().orElseThrow().slots().get(TrainableSet.BIAS).step());
        var expected = new MiniGpt4Pth.Group(0.003, 0.9, 0.95, 1e-8, 0.05);
        assertEquals(expected, file.optimizer().get().slots().get(TrainableSet.WEIGHT).group());
        assertEquals(
                0, file.optimizer().get().slots().get(TrainableSet.BIAS).group().weightDecay());
        assertEquals(
                Optional.of(new MiniGpt4Pth.Scaler(1024, 2, 0.5, 2000, 7)),
                file.scaler(),
                "GradScaler goes on from here");
        assertEquals(
                Map.of("init_lr", 0.02, "iters_per_epoch", 10L, "beta2", 0.95),
                without((Map<?, ?>) file.config().get("run"), "weight_decay"),
                "whole numbers are whole again");
    }

    @Test
    void saysWhatUpstreamWouldDoAgain() {
        RunFolder run = new RunFolder(folder.resolve("run"));
        write(run, 17);
        var export = UpstreamCheckpoint.export(run.checkpoint(17), folder.resolve("out.pth"));
        assertEquals(0, export.epoch());
        assertEquals(7, export.steps());
    }

    @Test
    void withoutLossScalingUpstreamFindsNoScaler() {
        RunFolder run = new RunFolder(folder.resolve("run"));
        write(run, 10, false);
        UpstreamCheckpoint.export(run.root(), folder.resolve("out.pth"));
        assertEquals(Optional.empty(), MiniGpt4Pth.read(folder.resolve("out.pth")).scaler());
    }

    @Test
    void aRunGoesOnFromAFolderAndFromAPth() {
        RunFolder run = new RunFolder(folder.resolve("run"));
        TrainState state = write(run, 20);
        Path pth = folder.resolve("out.pth");
        UpstreamCheckpoint.export(run.root(), pth);
        for (Path named : List.of(run.root(), run.checkpoint(20), pth)) {
            TrainState read = NamedCheckpoint.read(named, "setting", 10, 4, set(HIDDEN, WIDTH));
            assertEquals(20, read.step(), named.toString());
            assertEquals(80, read.position(), "four micro-batches a step");
            assertEquals(4, read.microBatches());
            assertEquals(state.scaler(), read.scaler());
            assertEquals(20, read.updates());
            assertSame(state.trainable(), read.trainable());
            assertSame(state.firstMoment(), read.firstMoment());
            assertSame(state.secondMoment(), read.secondMoment());
            assertEquals(0, read.pending().norm());
        }
    }

    @Test
    void refusesAFileWithoutOptimizerAndSaysWhatToDoWithIt() {
        MiniGpt4Pth full = MiniGpt4Pth.read(golden("stage1_checkpoint_1"));
        Path stripped = folder.resolve("stripped.pth");
        new MiniGpt4Pth(full.model(), Optional.empty(), Optional.empty(), Map.of(), 0)
                .write(stripped);
        String message = refusal(stripped, Goldens.dim("ldim"));
        assertTrue(message.startsWith("a.yaml:3: run.resume_ckpt_path: " + stripped), message);
        assertTrue(message.contains("model.ckpt"), message);
    }

    @Test
    void refusesAProjectionForAnotherLanguageModel() {
        Path file = golden("stage1_checkpoint_1");
        String message = refusal(file, Goldens.dim("ldim") + 1);
        assertTrue(message.contains("[%d, %d]".formatted(Goldens.dim("ldim") + 1, qdim())));
        assertTrue(message.contains("[%d, %d]".formatted(Goldens.dim("ldim"), qdim())), message);
        assertTrue(message.contains(file.toString()), message);
        assertTrue(message.contains("llama_proj.weight"), message);
    }

    @Test
    void readsAProjectionThatAGpuWrote() {
        TrainableValues gpu = projection("stage2_checkpoint_1_cudatag");
        assertSame(projection("stage2_checkpoint_1"), gpu);
    }

    private static TrainableValues projection(String name) {
        return TrainedTensors.read(golden(name), "setting", set(Goldens.dim("ldim"), qdim()));
    }

    private static TrainableSet set(int hidden, int width) {
        return TrainableSet.projection(hidden, width);
    }

    private static Path golden(String name) {
        return Goldens.path("checkpoints/" + name + ".pth");
    }

    private static int qdim() {
        return Goldens.dim("qdim");
    }

    private static String refusal(Path file, int hidden) {
        return assertThrows(
                        UsageException.class,
                        () ->
                                NamedCheckpoint.read(
                                        file,
                                        "a.yaml:3: run.resume_ckpt_path",
                                        10,
                                        1,
                                        set(hidden, qdim())))
                .getMessage();
    }

    /** A checkpoint behind {@code step} steps, ten to an epoch. */
    private static TrainState write(RunFolder run, int step) {
        return write(run, step, true);
    }

    private static TrainState write(RunFolder run, int step, boolean scaled) {
        var state =
                new TrainState(
                        step,
                        4L * step,
                        step,
                        4,
                        TrainableValues.initialProjection(HIDDEN, WIDTH, step),
                        TrainableValues.initialProjection(HIDDEN, WIDTH, step + 1),
                        TrainableValues.initialProjection(HIDDEN, WIDTH, step + 2),
                        TrainableValues.initialProjection(HIDDEN, WIDTH, 0).zeros(),
                        new ScalerState(scaled, 1024, 7),
                        RunningMeans.NONE.plus(2, 0.003, true, true));
        Map<String, Object> config =
                Map.of(
                        "run",
                        Map.of(
                                "init_lr", 0.02,
                                "iters_per_epoch", 10,
                                "beta2", 0.95,
                                "weight_decay", 0.05));
        Path folder = run.checkpoint(step);
        new Checkpoint(state, config)
                .write(new LocalStore(folder.getParent()), folder.getFileName().toString());
        return state;
    }

    private static Map<?, ?> without(Map<?, ?> map, String key) {
        map.remove(key);
        return map;
    }

    private static void assertSame(TrainableValues expected, TrainableValues actual) {
        assertArrayEquals(expected.floats(TrainableSet.WEIGHT), actual.floats(TrainableSet.WEIGHT));
        assertArrayEquals(expected.floats(TrainableSet.BIAS), actual.floats(TrainableSet.BIAS));
    }
}
