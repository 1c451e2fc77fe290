package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.minigpt4j.train.run.ShortRuns.STEPS;
import static org.minigpt4j.train.run.ShortRuns.bytes;
import static org.minigpt4j.train.run.ShortRuns.state;

import ai.djl.ndarray.types.Shape;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.checkpoint.UpstreamCheckpoint;
import org.minigpt4j.model.Preset;
import org.minigpt4j.model.TrainableSet;
import org.minigpt4j.nano.scene.SceneWorld;

import java.nio.file.Path;

/** Whole runs with {@code model.has_qformer: False}, and what is done with them afterwards. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NoQFormerTest {

    private static final String NONE = "model.has_qformer=False";
    private static final String NO_FILE = "model.q_former_model=null";

    private Path temp;
    private ShortRuns runs;
    private RunFolder none;

    @BeforeAll
    void train(@TempDir Path folder) throws Exception {
        temp = folder;
        runs = ShortRuns.in(folder);
        none = runs.run("none", STEPS, NONE, NO_FILE);
    }

    @Test
    void theProjectionTakesFourPatchesAtOnce() {
        Shape weight = state(none).trainable().set().tensor(TrainableSet.WEIGHT).shape();
        assertEquals(4 * Preset.NANO.vit().width(), weight.get(1));
    }

    @Test
    void aRunThatWasStoppedComesToTheSameBytesOnTwoReplicas() throws Exception {
        runs.run("stopped", 2, NONE, NO_FILE);
        RunFolder resumed = runs.run("stopped", STEPS, NONE, NO_FILE, "run.devices=cpu x 2");
        assertArrayEquals(bytes(none), bytes(resumed));
    }

    @Test
    void keptFeaturesAreThePatches() throws Exception {
        String kept = "run.cache_features=" + temp.resolve("kept");
        String exact = "run.cache_features_precision=fp32";
        RunFolder first = runs.run("first", STEPS, NONE, NO_FILE, kept, exact);
        RunFolder second = runs.run("second", STEPS, NONE, NO_FILE, kept, exact);
        assertArrayEquals(bytes(none), bytes(first));
        assertArrayEquals(bytes(none), bytes(second));
    }

    @Test
    void chatSeesAQuarterOfThePatches() {
        Path pth = temp.resolve("chat.pth");
        UpstreamCheckpoint.export(none.root(), pth);
        byte[] jpeg = new SceneWorld(3, 128).jpeg(0);
        int patches = Preset.NANO.vit().tokens() - 1;
        try (ChatModel folder = runs.chat(none.root(), NONE, NO_FILE);
                ChatModel file = runs.chat(pth, NONE, NO_FILE)) {
            float[] seen = folder.see(jpeg).features();
            assertEquals(patches * Preset.NANO.vit().width(), seen.length);
            assertArrayEquals(seen, file.see(jpeg).features());
        }
    }

    /** A layer norm without weights: each patch has mean 0 and variance 1. */
    @Test
    void eachPatchIsNormalized() {
        int width = Preset.NANO.vit().width();
        try (ChatModel chat = runs.chat(none.root(), NONE, NO_FILE)) {
            float[] seen = chat.see(new SceneWorld(3, 128).jpeg(1)).features();
            for (int patch = 0; patch < seen.length / width; patch++) {
                double sum = 0;
                double squares = 0;
                for (int i = 0; i < width; i++) {
                    double value = seen[patch * width + i];
                    sum += value;
                    squares += value * value;
                }
                assertEquals(0, sum / width, 1e-5);
                assertEquals(1, squares / width, 1e-2);
            }
        }
    }

    @Test
    void aCheckpointOfTheOtherKindIsRefused() throws Exception {
        RunFolder with = runs.run("with", 1);
        String without =
                assertThrows(
                                UsageException.class,
                                () -> runs.run("refused", 1, NONE, "model.ckpt=" + with.root()))
                        .getMessage();
        assertTrue(without.contains("another model.has_qformer"), without);
        String back =
                assertThrows(
                                UsageException.class,
                                () -> runs.run("refused", 1, "model.ckpt=" + none.root()))
                        .getMessage();
        assertTrue(back.contains("another model.has_qformer"), back);
    }

    @Test
    void whatDoesNotGoTogetherIsNamed() {
        assertMistake("freeze_qformer: is False", NONE, "model.freeze_qformer=False");
        assertMistake("q_former_model: is missing; put the path of", NO_FILE);
        assertMistake(
                "cannot be grouped by four",
                NONE,
                "model.image_size=70",
                "model.vit.patch_size=14");
    }

    private void assertMistake(String message, String... options) {
        String said =
                assertThrows(UsageException.class, () -> runs.run("mistake", 1, options))
                        .getMessage();
        assertTrue(said.contains(message), said);
    }
}
