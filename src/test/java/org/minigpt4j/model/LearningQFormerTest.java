package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.minigpt4j.model.GoldenModel.assertClose;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.minigpt4j.Goldens;
import org.minigpt4j.Npz;
import org.minigpt4j.OnDevice;
import org.minigpt4j.text.TextBatch;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

class LearningQFormerTest extends OnDevice {

    private static final Npz GOLDEN = Goldens.npz("stage1_forward.npz");

    private Backbone backbone;
    private TrainableValues start;

    @BeforeAll
    void load() {
        backbone = GoldenModel.backbone(where, ComputePrecision.FP32, false, false);
        start = GoldenModel.initialWithQFormer();
    }

    @AfterAll
    void close() {
        backbone.close();
    }

    @Test
    void withoutDropoutItIsTheReferencesForwardAndProjectionGradient() {
        try (MiniGpt4 model = model(0);
                NDManager manager = model.manager().newSubManager()) {
            NDArray seen = model.features(look(model, manager));
            assertClose("qf_out", GOLDEN.get("qf_out"), seen, 1e-4);
            Step step = step(model, 0);
            double perLabel = 1.0 / text().labels().length;
            assertEquals(GOLDEN.get("loss").floats()[0], step.loss() * perLabel, 1e-4);
            assertClose(
                    "weight",
                    GOLDEN.get("grad_llama_proj_weight").floats(),
                    step.gradient().floats(TrainableSet.WEIGHT),
                    1e-5);
        }
    }

    /** For each tensor, along its own gradient: by how much the loss changes. */
    @Test
    void gradientsAreWhatTheLossDoes() {
        for (double dropout : new double[] {0, 0.1}) {
            try (MiniGpt4 model = model(dropout)) {
                TrainableValues gradient = step(model, 5).gradient();
                List<TrainableTensor> tensors = gradient.set().tensors();
                for (int i = 0; i < tensors.size(); i += dropout > 0 ? 5 : 1) {
                    TrainableTensor tensor = tensors.get(i);
                    float[] along = gradient.floats(tensor.name());
                    double length = norm(along);
                    assertTrue(length > 0 || isKeyBias(tensor), tensor + " learns nothing");
                    if (!isKeyBias(tensor)) {
                        double reach = 0.02 / (1 + length);
                        double slope =
                                (loss(model, tensor, along, reach / length)
                                                - loss(model, tensor, along, -reach / length))
                                        / (2 * reach)
                                        / text().labels().length;
                        assertEquals(
                                length,
                                slope,
                                0.05 * length + 4e-4,
                                "%s, dropout %s".formatted(tensor, dropout));
                    }
                }
            }
        }
    }

    /** It moves all scores of a query alike, which softmax does not see. */
    private static boolean isKeyBias(TrainableTensor tensor) {
        return tensor.name().endsWith("self.key.bias");
    }

    private double loss(MiniGpt4 model, TrainableTensor tensor, float[] along, double by) {
        TrainableValues moved = start.copy();
        float[] values = moved.floats(tensor.name());
        for (int i = 0; i < values.length; i++) {
            values[i] += (float) (by * along[i]);
        }
        moved.put(tensor.name(), values);
        model.setTrainable(moved);
        double loss = step(model, 5).loss();
        model.setTrainable(start);
        return loss;
    }

    @Test
    void dropoutIsAFunctionOfSeedAndPosition() {
        try (MiniGpt4 one = model(0.1);
                MiniGpt4 other = model(0.1)) {
            float[] first = step(one, 7).gradient().values();
            step(other, 3);
            assertArrayEquals(first, step(other, 7).gradient().values());
            assertFalse(Arrays.equals(first, step(other, 8).gradient().values()));
            assertNotEquals(step(one, 7).loss(), step(model(0), 7).loss());
        }
    }

    @Test
    void dropoutTakesItsShareAndScalesTheRest() {
        int n = 200_000;
        try (NDManager manager = backbone.manager().newSubManager()) {
            NDArray ones = manager.ones(new Shape(n));
            NDArray keys = manager.create(new long[] {0x12345678L, 0x9abcdef0L});
            float[] kept =
                    backbone.kernels()
                            .callOne(manager, "dropped", ones, keys, 0, 0.1)
                            .toFloatArray();
            int zeros = 0;
            int both = 0;
            for (int i = 0; i < n; i++) {
                assertTrue(kept[i] == 0 || Math.abs(kept[i] - 1 / 0.9) < 1e-6, "" + kept[i]);
                zeros += kept[i] == 0 ? 1 : 0;
                both += i > 0 && kept[i] == 0 && kept[i - 1] == 0 ? 1 : 0;
            }
            assertEquals(0.1, zeros / (double) n, 0.003);
            assertEquals(0.01, both / (double) n, 0.001, "neighbours know nothing of each other");
        }
    }

    @Test
    void theSetIsUpstreamsAndNormsAndBiasesDoNotDecay() {
        TrainableSet set = start.set();
        assertEquals("query_tokens", set.tensors().get(0).name());
        assertEquals(TrainableSet.BIAS, set.tensors().get(set.tensors().size() - 1).name());
        assertFalse(set.contains("ln_vision.weight"));
        for (TrainableTensor tensor : set.tensors()) {
            boolean norm = tensor.name().contains("LayerNorm");
            boolean bias = tensor.name().endsWith("bias");
            assertEquals(!norm && !bias, tensor.decays(), tensor.name());
        }
    }

    private MiniGpt4 model(double dropout) {
        MiniGpt4 model = new MiniGpt4(backbone, Optional.of(new QFormerTuning(dropout, 42)), 1);
        model.setTrainable(start);
        assertArrayEquals(start.values(), model.trainable().values());
        return model;
    }

    private record Step(double loss, TrainableValues gradient) {}

    private static Step step(MiniGpt4 model, long position) {
        try (NDManager manager = model.manager().newSubManager();
                var collector = manager.getEngine().newGradientCollector()) {
            double scale = 1.0 / text().labels().length;
            double loss = model.backward(look(model, manager), text(), position, collector, scale);
            return new Step(loss, model.takeGradient());
        }
    }

    private static NDArray look(MiniGpt4 model, NDManager manager) {
        return model.look(manager, GoldenModel.array(manager, GOLDEN.get("image")));
    }

    private static TextBatch text() {
        return GoldenModel.text(GOLDEN, GOLDEN);
    }

    private static double norm(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }
}
