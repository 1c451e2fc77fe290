package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.OnDevice;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.checkpoint.TrainedTensors;
import org.minigpt4j.data.BatchSource;
import org.minigpt4j.data.Example;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.Preset;
import org.minigpt4j.model.TrainableSet;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.model.WeightLoader;
import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.text.SequenceLayout;
import org.minigpt4j.weights.TensorSource;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Training moves the projection, and nothing else by a single bit. */
class FrozenWeightsTest extends OnDevice {

    private static final int STEPS = 8;
    private static final int SAMPLES = 2;

    @TempDir Path folder;

    @Test
    void afterTrainingEveryFrozenTensorIsStillThatOfItsFile() throws Exception {
        new RandomModel(Preset.NANO, 7).write(folder);
        try (Backbone backbone = backbone()) {
            load(backbone);
            TrainableValues start =
                    TrainableValues.initialProjection(
                            Preset.NANO.llama().hidden(), Preset.NANO.qformer().width(), 7);
            float[] weight = start.floats(TrainableSet.WEIGHT);
            float[] bias = start.floats(TrainableSet.BIAS);
            List<Double> losses = new ArrayList<>();
            try (Replica replica = new Replica(new MiniGpt4(backbone), FeatureCache.none());
                    BatchSource source = new OneBatch(batch())) {
                train(replica, source, TrainState.start(start), losses);
            }

            int compared = 0;
            for (var part : parts(backbone).entrySet()) {
                try (TensorSource file = TensorSource.open(part.getKey())) {
                    for (Parameter parameter : part.getValue()) {
                        assertFalse(parameter.requiresGradient(), parameter.getName());
                        assertFalse(parameter.getArray().hasGradient(), parameter.getName());
                        assertArrayEquals(
                                ofFile(file, parameter.getName()),
                                parameter.getArray().toFloatArray(),
                                parameter.getName());
                        compared++;
                    }
                }
            }
            assertTrue(compared > 100, compared + " tensors were compared");
            assertNotEquals(
                    0,
                    moved(weight, start.floats(TrainableSet.WEIGHT)),
                    "the projection's weight learned");
            assertNotEquals(0, moved(bias, start.floats(TrainableSet.BIAS)), "and its bias");
            assertTrue(losses.get(STEPS - 1) < 0.8 * losses.get(0), "the loss fell: " + losses);
        }
    }

    /** PyTorch itself guards them: they were made in inference mode. */
    @Test
    void frozenTensorsCannotBeWrittenTo() {
        new RandomModel(Preset.NANO, 7).write(folder);
        try (Backbone backbone = backbone()) {
            load(backbone);
            for (List<Parameter> part : parts(backbone).values()) {
                for (Parameter parameter : part) {
                    NDArray array = parameter.getArray();
                    assertThrows(EngineException.class, () -> array.addi(1), parameter.getName());
                }
            }
        }
    }

    private static void train(
            Replica replica, BatchSource source, TrainState start, List<Double> losses)
            throws InterruptedException {
        var schedule =
                new Schedule(
                        1,
                        STEPS,
                        1,
                        new LearningRate.LinearWarmupCosine(0.01, 0.01, 0.01, 0, STEPS, 1));
        var recipe = new OptimizerConfig(schedule, StepConfig.reference(), 0.999, 0.05, false);
        var watch =
                new TrainListener() {
                    @Override
                    public void step(StepReport report) {
                        losses.add(report.loss());
                    }
                };
        new ParallelTrain(new Replicas(List.of(replica), 1e12), source, recipe, start)
                .optListeners(List.of(watch))
                .run(() -> false);
        assertEquals(STEPS, losses.size());
    }

    private Backbone backbone() {
        return new Backbone(
                where.device(),
                Preset.NANO.vit(),
                Preset.NANO.qformer(),
                Preset.NANO.llama(),
                false);
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

    private Map<Path, List<Parameter>> parts(Backbone backbone) {
        Map<Path, List<Parameter>> parts = new LinkedHashMap<>();
        parts.put(
                RandomModel.vit(folder),
                List.copyOf(backbone.vit().getDirectParameters().values()));
        parts.put(
                RandomModel.qformer(folder),
                List.copyOf(backbone.qformer().getDirectParameters().values()));
        parts.put(
                RandomModel.llama(folder),
                List.copyOf(backbone.llama().getDirectParameters().values()));
        return parts;
    }

    /** A weight's values by its name, {@code a.{x,y}.b} for {@code a.x.b} above {@code a.y.b}. */
    private static float[] ofFile(TensorSource file, String name) {
        int open = name.indexOf('{');
        if (open < 0) {
            return TrainedTensors.floats(file, name);
        }
        int close = name.indexOf('}');
        List<float[]> parts = new ArrayList<>();
        for (String part : name.substring(open + 1, close).split(",")) {
            String key = name.substring(0, open) + part + name.substring(close + 1);
            parts.add(part.equals("0") ? null : TrainedTensors.floats(file, key));
        }
        int length = parts.get(0).length; // a first part is never zeros
        FloatBuffer whole = FloatBuffer.allocate(parts.size() * length);
        parts.forEach(part -> whole.put(part == null ? new float[length] : part));
        return whole.array();
    }

    private static int moved(float[] before, float[] after) {
        int moved = 0;
        for (int i = 0; i < before.length; i++) {
            moved += before[i] == after[i] ? 0 : 1;
        }
        return moved;
    }

    /** Random pixels and random words. */
    private static MicroBatch batch() {
        var random = new Random(7);
        int side = Preset.NANO.vit().imageSize();
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < SAMPLES; i++) {
            byte[] pixels = new byte[side * side * 3];
            random.nextBytes(pixels);
            int[] ids = random.ints(6 + i, 3, Preset.NANO.llama().vocab()).toArray();
            examples.add(new Example("random", "" + i, pixels, ids, "", "", Optional.empty()));
        }
        var layout = new SequenceLayout(Preset.NANO.qformer().queries(), 1, 2);
        return new MicroBatch(0, side, "random", new int[] {5, 6}, new int[] {7}, examples, layout);
    }

    /** The same batch for ever: it can be learned by heart. */
    private record OneBatch(MicroBatch batch) implements BatchSource {
        @Override
        public MicroBatch next() {
            return batch;
        }

        @Override
        public void close() {}
    }
}
