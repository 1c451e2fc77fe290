package org.minigpt4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.DatasetFormat;
import org.minigpt4j.image.ImageProcessor;
import org.minigpt4j.nano.NanoTokenizer;
import org.minigpt4j.nano.files.SceneAlignFolder;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.text.Prompts;
import org.minigpt4j.text.Tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The loader's micro-batches through DJL's own interfaces. */
@Timeout(60)
class MicroBatchDatasetTest {

    private static final int SIZE = 28;

    private final SceneWorld world = new SceneWorld(11, 40);

    @TempDir Path folder;
    private Tokenizer tokenizer;

    @BeforeEach
    void prepare() throws IOException {
        NanoTokenizer.writeTo(folder.resolve("llm"));
        tokenizer = Tokenizer.open(folder.resolve("llm"));
        SceneAlignFolder.write(world, folder.resolve("align"), 0, 12);
    }

    @AfterEach
    void close() {
        tokenizer.close();
    }

    @Test
    void batchesHoldTheLoadersPixelsAndTokens() throws Exception {
        MicroBatchDataset dataset = new MicroBatchDataset(settings(true), tokenizer, 3, 4);
        dataset.prepare();
        int seen = 0;
        try (NDManager manager = NDManager.newBaseManager();
                BatchLoader loader = BatchLoader.open(settings(true), tokenizer, 3)) {
            for (int epoch = 0; epoch < 2; epoch++) {
                for (Batch batch : dataset.getData(manager)) {
                    MicroBatch expected = loader.next();
                    check(expected, batch);
                    assertEquals(++seen + 3, dataset.position());
                    assertEquals(4, batch.getProgressTotal());
                    batch.close();
                }
            }
            assertEquals(8, seen);
            assertEquals(0, manager.getManagedArrays().size());
        }
    }

    private void check(MicroBatch expected, Batch batch) {
        assertEquals(3, batch.getSize());
        NDList data = batch.getData();
        NDArray pixels = data.get("pixels");
        assertEquals(DataType.UINT8, pixels.getDataType());
        assertEquals(new Shape(3, SIZE, SIZE, 3), pixels.getShape());
        NDArray tokens = data.get("tokens");
        NDArray labels = batch.getLabels().get(0);
        for (int i = 0; i < 3; i++) {
            Example example = expected.examples().get(i);
            assertArrayEquals(example.pixels(), pixels.get(i).toByteArray());
            long[] ids = tokens.get(i).toLongArray();
            long[] learnt = labels.get(i).toLongArray();
            int length = example.tokens().length;
            for (int j = 0; j < ids.length; j++) {
                long id = j < length ? example.tokens()[j] : tokenizer.eosId();
                assertEquals(id, ids[j]);
                assertEquals(id == tokenizer.eosId() ? -100 : id, learnt[j]);
            }
            assertArrayEquals(
                    Arrays.stream(expected.before()).asLongStream().toArray(),
                    data.get("before").get(i).toLongArray());
            assertArrayEquals(
                    Arrays.stream(expected.after()).asLongStream().toArray(),
                    data.get("after").get(i).toLongArray());
        }
    }

    @Test
    void aManagerThatIsClosedEarlyStopsTheWorkers() throws Exception {
        MicroBatchDataset dataset = new MicroBatchDataset(settings(false), tokenizer, 0, 100);
        try (NDManager manager = NDManager.newBaseManager()) {
            Batch first = dataset.getData(manager).iterator().next();
            assertEquals(List.of("pixels", "tokens"), names(first.getData()));
        }
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("data-")) {
                thread.join(5_000);
                assertTrue(!thread.isAlive(), () -> thread.getName() + " is alive");
            }
        }
    }

    private static List<String> names(NDList list) {
        return list.stream().map(NDArray::getName).toList();
    }

    /** What a user of DJL writes: its trainer, its loss, its loop. */
    @Test
    void djlsTrainerLearnsFromThem() throws Exception {
        try (Model model = Model.newInstance("first token")) {
            model.setBlock(
                    new SequentialBlock()
                            .add(
                                    new LambdaBlock(
                                            in -> {
                                                NDArray pixels = in.get(0);
                                                return new NDList(
                                                        pixels.toType(DataType.FLOAT32, false)
                                                                .div(255));
                                            }))
                            .add(Blocks.batchFlattenBlock())
                            .add(Linear.builder().setUnits(1).build()));
            DefaultTrainingConfig config = new DefaultTrainingConfig(new TokenShareLoss());
            List<Float> losses = new ArrayList<>();
            MicroBatchDataset dataset = new MicroBatchDataset(settings(false), tokenizer, 0, 12);
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(3, SIZE, SIZE, 3));
                for (int epoch = 0; epoch < 3; epoch++) {
                    float sum = 0;
                    for (Batch batch : trainer.iterateDataset(dataset)) {
                        EasyTrain.trainBatch(trainer, batch);
                        trainer.step();
                        sum += ((TokenShareLoss) trainer.getLoss()).last;
                        batch.close();
                    }
                    losses.add(sum);
                }
            }
            assertEquals(36, dataset.position());
            assertTrue(losses.get(2) < losses.get(0) * 0.8, losses.toString());
        }
    }

    /** How far the output is from the share of ids above ten in the row's text. */
    private static final class TokenShareLoss extends Loss {

        private float last;

        TokenShareLoss() {
            super("distance");
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            NDArray ids = labels.get(0);
            NDArray wanted = ids.gt(10).toType(DataType.FLOAT32, false).mean(new int[] {1});
            NDArray loss = predictions.get(0).squeeze(1).sub(wanted).square().mean();
            last = loss.getFloat();
            return loss;
        }
    }

    private BatchSettings settings(boolean prompts) throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("prompts.txt"),
                        "<Img><ImageHere></Img> Describe this image in detail.\n"
                                + "<Img><ImageHere></Img> Please describe the picture.");
        return BatchSettings.of(
                        3,
                        List.of(
                                new SourceSettings(
                                        "align",
                                        DatasetFormat.CC_SBU_ALIGN,
                                        List.of(folder.resolve("align").toString()),
                                        1,
                                        ImageProcessor.resize(SIZE),
                                        Optional.empty())),
                        folder.resolve("cache"))
                .with(
                        new BatchSettings.Texts(
                                prompts
                                        ? Prompts.read(file, "###Human: {} ###Assistant: ")
                                        : Prompts.none(),
                                20,
                                "\n"));
    }
}
