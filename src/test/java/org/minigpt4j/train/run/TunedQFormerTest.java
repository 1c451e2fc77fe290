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
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.TrainableSet;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.weights.MiniGpt4Pth;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Whole runs with {@code model.freeze_qformer: False}, and what is done with them afterwards. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TunedQFormerTest {

    private static final String TUNED = "model.freeze_qformer=False";

    private Path temp;
    private ShortRuns runs;
    private RunFolder tuned;

    @BeforeAll
    void train(@TempDir Path folder) throws Exception {
        temp = folder;
        runs = ShortRuns.in(folder);
        tuned = runs.run("tuned", Resume.AUTO, STEPS, TUNED);
    }

    @Test
    void aRunThatWasStoppedComesToTheSameBytesOnTwoReplicas() throws Exception {
        runs.run("stopped", Resume.AUTO, 2, TUNED);
        RunFolder resumed = runs.run("stopped", Resume.AUTO, STEPS, TUNED, "run.devices=cpu x 2");
        assertArrayEquals(bytes(tuned), bytes(resumed));
    }

    @Test
    void upstreamsFileHoldsTheSameStateAndGoesOn() {
        Path pth = temp.resolve("checkpoint_0.pth");
        UpstreamCheckpoint.export(tuned.root(), pth);
        TrainState state = state(tuned);
        TrainState read = NamedCheckpoint.read(pth, "setting", STEPS, 2, all());
        assertEquals(state.trainable().set(), read.trainable().set());
        assertArrayEquals(state.trainable().values(), read.trainable().values());
        assertArrayEquals(state.firstMoment().values(), read.firstMoment().values());
        assertArrayEquals(state.secondMoment().values(), read.secondMoment().values());
        MiniGpt4Pth file = MiniGpt4Pth.read(pth);
        assertEquals(
                List.copyOf(file.model().keySet()),
                List.copyOf(file.optimizer().orElseThrow().slots().keySet()));
        assertEquals("query_tokens", file.model().keySet().iterator().next());
        double decay = file.optimizer().get().slots().get("query_tokens").group().weightDecay();
        assertEquals(0.05, decay, "as upstream, which sees three axes and no bias");
    }

    @Test
    void aLaterStageFreezesTheTunedQFormerAndCarriesItAlong() throws Exception {
        String ckpt = "model.ckpt=" + tuned.root();
        RunFolder next = runs.run("next", Resume.AUTO, 2, ckpt);
        TrainState carried = state(next);
        assertEquals(2, carried.trainable().set().tensors().size());
        TrainState source = state(tuned);
        for (var tensor : carried.carried().set().tensors()) {
            assertArrayEquals(
                    source.trainable().floats(tensor.name()),
                    carried.carried().floats(tensor.name()),
                    tensor.name());
        }
        assertEquals(all(), carried.carried().set().then(carried.trainable().set()));
        RunFolder resumed = runs.run("next", Resume.AUTO, STEPS, ckpt);
        assertArrayEquals(bytes(runs.run("whole", Resume.AUTO, STEPS, ckpt)), bytes(resumed));
        try (ChatModel carrying = runs.chat(next.root());
                ChatModel tuning = runs.chat(tuned.root())) {
            byte[] jpeg = new SceneWorld(3, 128).jpeg(0);
            assertArrayEquals(
                    tuning.see(jpeg).features(), carrying.see(jpeg).features(), "the same eyes");
        }
    }

    @Test
    void chatSeesWithTheTunedQFormerOfAFolderAndOfAPth() {
        Path pth = temp.resolve("chat.pth");
        UpstreamCheckpoint.export(tuned.root(), pth);
        byte[] jpeg = new SceneWorld(3, 128).jpeg(0);
        try (ChatModel folder = runs.chat(tuned.root());
                ChatModel file = runs.chat(pth);
                ChatModel plain =
                        folder.with(state(tuned).trainable().only(files().trainable(false)))) {
            float[] seen = folder.see(jpeg).features();
            assertArrayEquals(seen, file.see(jpeg).features());
            assertFalse(Arrays.equals(seen, plain.see(jpeg).features()), "it was trained");
            assertEquals(folder.eyes(), file.eyes());
            assertEquals("", plain.eyes());
        }
    }

    @Test
    void aRunCannotChangeWhatLearns() {
        String message =
                assertThrows(UsageException.class, () -> runs.run("tuned", Resume.FORCE, STEPS))
                        .getMessage();
        assertTrue(message.contains("model.freeze_qformer: True"), message);
        assertTrue(message.contains("in which the Q-Former was trained"), message);
        assertTrue(message.contains("model.ckpt"), message);
        String resume = "run.resume_ckpt_path=" + tuned.root();
        assertThrows(UsageException.class, () -> runs.run("other", Resume.AUTO, STEPS, resume));
    }

    private TrainableSet all() {
        return files().trainable(true);
    }

    private ModelFiles files() {
        return runs.files(tuned.root());
    }
}
