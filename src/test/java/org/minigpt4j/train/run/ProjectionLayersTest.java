package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.minigpt4j.train.run.ShortRuns.STEPS;
import static org.minigpt4j.train.run.ShortRuns.bytes;
import static org.minigpt4j.train.run.ShortRuns.state;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.checkpoint.NamedCheckpoint;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.checkpoint.UpstreamCheckpoint;

import java.nio.file.Path;
import java.util.Arrays;

/** Whole runs with {@code model.proj_layers: 3}, and what is done with them afterwards. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProjectionLayersTest {

    private static final String THREE = "model.proj_layers=3";

    private Path temp;
    private ShortRuns runs;
    private RunFolder three;

    @BeforeAll
    void train(@TempDir Path folder) throws Exception {
        temp = folder;
        runs = ShortRuns.in(folder);
        three = runs.run("three", STEPS, THREE);
    }

    @Test
    void everyLayerLearns() throws Exception {
        TrainState begun = state(runs.run("begun", 1, THREE));
        TrainState ended = state(three);
        assertEquals(6, ended.trainable().set().tensors().size());
        for (var tensor : ended.trainable().set().tensors()) {
            assertFalse(
                    Arrays.equals(
                            begun.trainable().floats(tensor.name()),
                            ended.trainable().floats(tensor.name())),
                    tensor.name());
        }
    }

    @Test
    void aRunThatWasStoppedComesToTheSameBytesOnTwoReplicas() throws Exception {
        runs.run("stopped", 2, THREE);
        RunFolder resumed = runs.run("stopped", STEPS, THREE, "run.devices=cpu x 2");
        assertArrayEquals(bytes(three), bytes(resumed));
    }

    @Test
    void aPthHoldsTheSameStateAndGoesOn() {
        Path pth = temp.resolve("checkpoint_0.pth");
        UpstreamCheckpoint.export(three.root(), pth);
        TrainState state = state(three);
        TrainState read =
                NamedCheckpoint.read(
                        pth, "setting", STEPS, 2, runs.files(three.root(), THREE).trainable(true));
        assertEquals(state.trainable().set(), read.trainable().set());
        assertArrayEquals(state.trainable().values(), read.trainable().values());
        assertArrayEquals(state.firstMoment().values(), read.firstMoment().values());
        assertArrayEquals(state.secondMoment().values(), read.secondMoment().values());
    }

    @Test
    void aLaterStageStartsFromIt() throws Exception {
        String rate = "=1e-12";
        RunFolder next =
                runs.run(
                        "next",
                        1,
                        THREE,
                        "model.ckpt=" + three.root(),
                        "run.init_lr" + rate,
                        "run.min_lr" + rate,
                        "run.warmup_lr" + rate);
        assertEquals(state(three).trainable().set(), state(next).trainable().set());
        assertArrayEquals(
                state(three).trainable().values(), state(next).trainable().values(), 1e-6f);
    }

    @Test
    void chatProjectsWithAllLayersOfAFolderAndOfAPth() {
        Path pth = temp.resolve("chat.pth");
        UpstreamCheckpoint.export(three.root(), pth);
        try (ChatModel folder = runs.chat(three.root(), THREE);
                ChatModel file = runs.chat(pth, THREE)) {
            assertEquals(folder.eyes(), file.eyes());
        }
    }

    @Test
    void anotherNumberOfLayersIsNamed() throws Exception {
        RunFolder one = runs.run("one", 1);
        String several = assertRefused("model.ckpt=" + three.root());
        assertTrue(several.contains("has 3 layers, but model.proj_layers is 1"), several);
        String single = assertRefused(THREE, "model.ckpt=" + one.root());
        assertTrue(single.contains("one layer, but model.proj_layers is 3"), single);
        Path pth = temp.resolve("one.pth");
        UpstreamCheckpoint.export(one.root(), pth);
        String file = assertRefused(THREE, "model.ckpt=" + pth);
        assertTrue(file.contains("one.pth: its projection has one layer"), file);
        String resumed = assertRefused("run.resume_ckpt_path=" + three.root());
        assertTrue(resumed.contains("has 3 layers, but model.proj_layers is 1"), resumed);
    }

    private String assertRefused(String... options) {
        return assertThrows(UsageException.class, () -> runs.run("refused", 1, options))
                .getMessage();
    }
}
