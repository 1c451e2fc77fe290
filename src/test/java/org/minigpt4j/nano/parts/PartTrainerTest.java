package org.minigpt4j.nano.parts;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.LlamaDims;
import org.minigpt4j.model.QFormerDims;
import org.minigpt4j.model.RotaryTable;
import org.minigpt4j.model.VitDims;
import org.minigpt4j.model.WeightLoader;
import org.minigpt4j.model.kernel.GraphKernels;
import org.minigpt4j.nano.NanoTokenizer;
import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.nano.scene.SceneNotes;
import org.minigpt4j.random.RandomStream;
import org.minigpt4j.text.Tokenizer;
import org.minigpt4j.weights.TensorSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class PartTrainerTest {

    private static final LlamaDims LLAMA = new LlamaDims(32, 2, 2, 48, 512, 1e-6, 512);
    private static final VitDims VIT = VitDims.of(56, 14, 16, 2, 2, 2.0);
    private static final QFormerDims QFORMER =
            new QFormerDims(SceneNotes.LENGTH, 16, 3, 2, 32, 2, 16);
    private static final long SEED = 5;

    @TempDir Path folder;
    private Tokenizer tokenizer;

    @BeforeEach
    void openTokenizer() throws IOException {
        NanoTokenizer.writeTo(folder.resolve("tokenizer"));
        tokenizer = Tokenizer.open(folder.resolve("tokenizer"));
    }

    @Test
    void whatIsTrainedIsWhatIsLoaded() {
        PartLayout llama = LlamaText.layout(LLAMA);
        PartLayout vit = VitText.layout(VIT);
        PartLayout qformer = QFormerText.layout(QFORMER);
        float[] llamaWeights = shaken(llama, 1);
        float[] vitWeights = shaken(vit, 2);
        float[] qformerWeights = shaken(qformer, 3);
        PartFiles.write(RandomModel.vit(folder), vit.file(), vitWeights);
        PartFiles.write(RandomModel.qformer(folder), qformer.file(), qformerWeights);
        PartFiles.writeLlama(RandomModel.llama(folder), LLAMA, llama, llamaWeights);
        String text =
                VitText.tokens(VIT, vit)
                        + QFormerText.queries(QFORMER, qformer)
                        + LlamaText.logits(LLAMA, llama);
        assertEquals(
                LLAMA, LlamaDims.read(RandomModel.llama(folder)), "the sizes beside the weights");
        try (Backbone backbone = new Backbone(Device.cpu(), VIT, QFORMER, LLAMA, false);
                NDManager manager = NDManager.newBaseManager(Device.cpu());
                GraphKernels kernels = new GraphKernels(manager, text)) {
            load(backbone);
            Pictures pictures = Pictures.draw(RandomStream.of(1), 2, VIT.imageSize(), true);
            NDArray tokens =
                    kernels.run(
                            manager,
                            "vit_tokens",
                            manager.create(vitWeights),
                            pictures.array(manager),
                            manager.create(Backbone.pixelMean()),
                            manager.create(Backbone.pixelDeviation()));
            NDArray queries =
                    kernels.run(manager, "qformer", manager.create(qformerWeights), tokens);
            assertClose(backbone.features(manager, pictures.pixels().duplicate(), 2), queries);

            NDArray ids =
                    manager.create(
                            new long[] {1, 270, 300, 400, 1, 411, 301, 500}, new Shape(2, 4));
            NDArray rows = manager.arange(8).toType(ai.djl.ndarray.types.DataType.INT64, false);
            RotaryTable rotary = new RotaryTable(LLAMA);
            NDArray logits =
                    kernels.run(
                            manager,
                            "logits",
                            manager.create(llamaWeights),
                            ids,
                            rows,
                            rotary.cos(manager, 4),
                            rotary.sin(manager, 4),
                            manager.create(new float[1], new Shape(1, 1, 1)));
            NDArray none = manager.create(new long[0]);
            assertClose(backbone.llama().logits(backbone.llama().embed(ids), none, rows), logits);
        }
    }

    private void load(Backbone backbone) {
        WeightLoader loader = backbone.loader(ComputePrecision.FP32, false, (key, bytes) -> {});
        try (TensorSource vit = TensorSource.open(RandomModel.vit(folder));
                TensorSource qformer = TensorSource.open(RandomModel.qformer(folder));
                TensorSource llama = TensorSource.open(RandomModel.llama(folder))) {
            loader.load(backbone.vit(), vit, "vit");
            loader.load(backbone.qformer(), qformer, "qformer");
            loader.load(backbone.llama(), llama, "llama");
        }
    }

    /** Weights of which none is what another would be, as float16 keeps them. */
    private static float[] shaken(PartLayout layout, long seed) {
        float[] weights = layout.initial(seed);
        RandomStream random = RandomStream.of(seed);
        for (int i = 0; i < weights.length; i++) {
            weights[i] += (float) random.nextDouble(-0.2, 0.2);
        }
        return new PartState(0, weights, new float[0], new float[0]).rounded().weights();
    }

    private static void assertClose(NDArray expected, NDArray found) {
        assertArrayEquals(expected.toFloatArray(), found.toFloatArray(), 2e-4f);
    }

    @Test
    void aKilledTrainingGoesOnAsIfNothingHadBeen() {
        PartSchedule schedule = PartSchedule.of(9, 3e-3, 2, 3);
        PartTask task = new LlamaTask(LLAMA, schedule, tokenizer);
        assertTrue(
                new PartTrainer(task, SEED, folder.resolve("whole"), report -> {})
                        .run(() -> false));
        PartState.Plan plan = new PartState.Plan(SEED, schedule.steps());
        int[] asked = {0};
        boolean done =
                new PartTrainer(task, SEED, folder.resolve("cut"), report -> {})
                        .run(() -> ++asked[0] > 8);
        assertFalse(done, "it was told to stop");
        int at = PartState.read(folder.resolve("cut"), task.layout(), plan).step();
        assertTrue(at > 0 && at < 9, "stopped after step " + at);
        assertTrue(
                new PartTrainer(task, SEED, folder.resolve("cut"), report -> {}).run(() -> false));
        assertArrayEquals(
                PartState.read(folder.resolve("whole"), task.layout(), plan).weights(),
                PartState.read(folder.resolve("cut"), task.layout(), plan).weights());
    }

    @Test
    void aFolderBegunWithAnotherSeedOrLengthIsLeftAlone() {
        Path home = folder.resolve("begun");
        PartTask task2 = new VitTask(VIT, PartSchedule.of(2, 1e-3, 1, 1));
        new PartTrainer(task2, SEED, home, report -> {}).run(() -> false);
        PartTrainer seed = new PartTrainer(task2, SEED + 1, home, report -> {});
        String said = assertThrows(UsageException.class, () -> seed.run(() -> false)).getMessage();
        assertTrue(said.contains("begun with seed 5, not 6"), said);
        PartTask longer = new VitTask(VIT, PartSchedule.of(4, 1e-3, 1, 1));
        PartTrainer steps = new PartTrainer(longer, SEED, home, report -> {});
        said = assertThrows(UsageException.class, () -> steps.run(() -> false)).getMessage();
        assertTrue(said.contains("begun with steps 2, not 4"), said);
    }

    @Test
    void aShortenedScheduleKeepsItsPhasesAndRates() {
        PartSchedule whole = PartSchedule.of(400, 2e-3, 20, 100).then(30, 1e-3, 5, 10);
        PartSchedule shortened = whole.shortened(20);
        assertEquals(21, shortened.steps());
        assertEquals(1, shortened.phase(20));
        assertEquals(2e-3, shortened.rate(5), 0);
    }

    @Test
    void everyPartLearns() {
        PartSchedule schedule = PartSchedule.of(40, 5e-3, 5, 10);
        float[] vit = VitText.layout(VIT).initial(SEED);
        for (PartTask task :
                List.of(
                        new LlamaTask(LLAMA, schedule, tokenizer),
                        new VitTask(VIT, schedule),
                        new QFormerTask(QFORMER, VIT, schedule, vit))) {
            List<Double> losses = new ArrayList<>();
            new PartTrainer(
                            task,
                            SEED,
                            folder.resolve(task.name()),
                            report -> losses.add(report.loss()))
                    .run(() -> false);
            assertTrue(
                    losses.get(losses.size() - 1) < 0.8 * losses.get(0),
                    task.name() + ": " + losses);
        }
    }
}
