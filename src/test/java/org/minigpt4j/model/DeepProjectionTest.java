package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

import java.util.List;

/** A projection of three layers. */
class DeepProjectionTest extends OnDevice {

    private static final Npz GOLDEN = Goldens.npz("stage1_forward.npz");

    private Backbone backbone;
    private TrainableValues start;
    private MiniGpt4 model;

    @BeforeAll
    void load() {
        backbone = GoldenModel.backbone(where, ComputePrecision.FP32, false, false);
        int hidden = backbone.llama().dims().hidden();
        int width = backbone.qformer().dims().width();
        start = TrainableValues.initialProjection(TrainableSet.projection(hidden, width, 3), 7);
        model = MiniGpt4.trained(backbone, start);
    }

    @AfterAll
    void close() {
        model.close();
        backbone.close();
    }

    @Test
    void itsTensorsHaveTheNamesOfASequentialAndBiasesDoNotDecay() {
        assertEquals(
                List.of(
                        "llama_proj.0.weight",
                        "llama_proj.0.bias",
                        "llama_proj.2.weight",
                        "llama_proj.2.bias",
                        "llama_proj.4.weight",
                        "llama_proj.4.bias"),
                start.set().tensors().stream().map(TrainableTensor::name).toList());
        assertEquals(3, start.set().projectionLayers());
        assertTrue(start.set().isProjectionAlone());
        for (TrainableTensor tensor : start.set().tensors()) {
            assertEquals(tensor.name().endsWith("weight"), tensor.decays(), tensor.name());
        }
        assertArrayEquals(start.values(), model.trainable().values());
    }

    @Test
    void eachLayerStartsWithinItsOwnBound() {
        for (TrainableTensor tensor : start.set().tensors()) {
            String weight = tensor.name().replace("bias", "weight");
            double bound = 1 / Math.sqrt(start.set().tensor(weight).shape().get(1));
            double largest = 0;
            for (float value : start.floats(tensor.name())) {
                largest = Math.max(largest, Math.abs(value));
            }
            assertTrue(largest <= bound && largest > 0.5 * bound, tensor + " " + largest);
        }
    }

    @Test
    void oneLayerStartsAsItAlwaysDid() {
        float[] one = TrainableValues.initialProjection(8, 4, 3).values();
        float[] same =
                TrainableValues.initialProjection(TrainableSet.projection(8, 4, 1), 3).values();
        assertArrayEquals(one, same);
    }

    @Test
    void geluStandsBetweenTheLayers() {
        int width = backbone.qformer().dims().width();
        float[] feature = new float[width];
        double[] expected = new double[width];
        for (int i = 0; i < width; i++) {
            feature[i] = (float) Math.sin(i);
            expected[i] = feature[i];
        }
        for (int layer = 0; layer < 3; layer++) {
            expected = linear("llama_proj.%d.".formatted(2 * layer), layer > 0, expected);
        }
        try (NDManager manager = model.manager().newSubManager()) {
            NDArray seen = manager.create(feature, new Shape(1, 1, width));
            float[] projected = model.project(seen, false).toFloatArray();
            for (int i = 0; i < projected.length; i++) {
                assertEquals(expected[i], projected[i], 1e-5);
            }
        }
    }

    private double[] linear(String layer, boolean activate, double[] in) {
        float[] weight = start.floats(layer + "weight");
        float[] bias = start.floats(layer + "bias");
        double[] out = new double[bias.length];
        for (int row = 0; row < out.length; row++) {
            out[row] = bias[row];
            for (int i = 0; i < in.length; i++) {
                double x = activate ? gelu(in[i]) : in[i];
                out[row] += weight[row * in.length + i] * x;
            }
        }
        return out;
    }

    /** x times the normal distribution, which is integrated here by Simpson's rule. */
    private static double gelu(double x) {
        int steps = 200;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double t = x * i / steps;
            int factor = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
            sum += factor * Math.exp(-t * t / 2);
        }
        return x * (0.5 + sum * x / steps / 3 / Math.sqrt(2 * Math.PI));
    }

    /** For each tensor, along its own gradient: by how much the loss changes. */
    @Test
    void gradientsAreWhatTheLossDoes() {
        TrainableValues gradient = new TrainableValues(start.set(), gradient());
        double labels = text().labels().length;
        for (TrainableTensor tensor : start.set().tensors()) {
            TrainableValues along = start.zeros();
            along.put(tensor.name(), gradient.floats(tensor.name()));
            double length = along.norm();
            assertTrue(length > 0, tensor + " learns nothing");
            double reach = 0.02 / (1 + length);
            double slope =
                    (loss(along, reach / length) - loss(along, -reach / length))
                            / (2 * reach)
                            / labels;
            assertEquals(length, slope, 0.05 * length + 4e-4, tensor.toString());
        }
    }

    private float[] gradient() {
        try (NDManager manager = model.manager().newSubManager();
                var collector = manager.getEngine().newGradientCollector()) {
            double scale = 1.0 / text().labels().length;
            model.backward(look(manager), text(), 0, collector, scale);
            return model.takeGradient().values();
        }
    }

    private double loss(TrainableValues along, double by) {
        TrainableValues moved = along.copy();
        moved.scale((float) by);
        moved.add(start);
        model.setTrainable(moved);
        try (NDManager manager = model.manager().newSubManager()) {
            return model.loss(look(manager), text());
        } finally {
            model.setTrainable(start);
        }
    }

    private NDArray look(NDManager manager) {
        return model.look(manager, GoldenModel.array(manager, GOLDEN.get("image")));
    }

    private static TextBatch text() {
        return GoldenModel.text(GOLDEN, GOLDEN);
    }
}
