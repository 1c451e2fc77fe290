package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.minigpt4j.Goldens;
import org.minigpt4j.Npz;
import org.minigpt4j.OnDevice;
import org.minigpt4j.UsageException;
import org.minigpt4j.Where;
import org.minigpt4j.text.TextBatch;
import org.minigpt4j.weights.TensorSource;

import java.util.List;

class PrecisionTest extends OnDevice {

    /** Small gradients vanish in float16 without it. */
    private static final double LOSS_SCALE = 1024;

    private static final Npz GOLDEN = Goldens.npz("stage2_forward.npz");

    /** What a step of stage 2 gives. */
    private record Step(double loss, TrainableValues gradient) {}

    List<ComputePrecision> narrow() {
        return where.narrow();
    }

    @Test
    void recomputedLayersGiveTheSameBits() {
        assertRecomputedAlike(ComputePrecision.FP32);
    }

    @ParameterizedTest
    @MethodSource("narrow")
    void recomputedLayersGiveTheSameBitsWithFewerBitsToo(ComputePrecision precision) {
        assertRecomputedAlike(precision);
    }

    private void assertRecomputedAlike(ComputePrecision precision) {
        Step kept = step(false, precision, false);
        Step again = step(true, precision, false);
        assertEquals(kept.loss(), again.loss());
        assertArrayEquals(
                kept.gradient().floats(TrainableSet.WEIGHT),
                again.gradient().floats(TrainableSet.WEIGHT));
        assertArrayEquals(
                kept.gradient().floats(TrainableSet.BIAS),
                again.gradient().floats(TrainableSet.BIAS));
    }

    @ParameterizedTest
    @MethodSource("narrow")
    void fewerBitsStayNearFloat32(ComputePrecision precision) {
        assertNear(step(false, ComputePrecision.FP32, false), step(false, precision, false));
    }

    @ParameterizedTest
    @MethodSource("narrow")
    void int8InFewerBitsStaysNearFloat32(ComputePrecision precision) {
        Step int8 = step(false, precision, true);
        assertNear(step(false, ComputePrecision.FP32, false), int8);
        assertTrue(step(false, precision, false).loss() != int8.loss(), "nothing was quantized");
    }

    private static void assertNear(Step exact, Step rough) {
        assertEquals(exact.loss(), rough.loss(), 0.03 * exact.loss());
        assertTrue(exact.loss() != rough.loss(), "nothing was computed with fewer bits");
        double cosine =
                cosine(
                        exact.gradient().floats(TrainableSet.WEIGHT),
                        rough.gradient().floats(TrainableSet.WEIGHT));
        assertTrue(cosine > 0.98, "gradients point apart: cosine " + cosine);
    }

    @Test
    void int8GivesLossAndGradientOfTheDequantizedWeights() {
        Step int8 = step(false, ComputePrecision.FP32, true);
        Step dequantized;
        try (Backbone backbone = GoldenModel.empty(where, Goldens.dim("img"), false)) {
            GoldenModel.load(
                    backbone,
                    ComputePrecision.FP32,
                    false,
                    new Dequantized(
                            TensorSource.open(
                                    Goldens.path("weights/llama_fp32/model.safetensors"))));
            dequantized = step(backbone, 1);
        }
        assertEquals(dequantized.loss(), int8.loss(), 1e-5);
        GoldenModel.assertClose(
                "gradient",
                dequantized.gradient().floats(TrainableSet.WEIGHT),
                int8.gradient().floats(TrainableSet.WEIGHT),
                1e-5);
        Step exact = step(false, ComputePrecision.FP32, false);
        assertTrue(exact.loss() != int8.loss(), "nothing was quantized");
        assertEquals(exact.loss(), int8.loss(), 0.03 * exact.loss());
    }

    @Test
    void float16IsRefusedOnACpuWithAdvice() {
        try (Backbone backbone = GoldenModel.empty(Where.CPU, Goldens.dim("img"), false)) {
            var e =
                    assertThrows(
                            UsageException.class,
                            () -> backbone.loader(ComputePrecision.FP16, false, (k, n) -> {}));
            assertTrue(e.getMessage().contains("bf16"), e.getMessage());
        }
    }

    private Step step(boolean recompute, ComputePrecision precision, boolean int8) {
        try (Backbone backbone = GoldenModel.backbone(where, precision, int8, recompute)) {
            return step(backbone, precision == ComputePrecision.FP16 ? LOSS_SCALE : 1);
        }
    }

    private static Step step(Backbone backbone, double lossScale) {
        TextBatch text = GoldenModel.text(GOLDEN, GOLDEN);
        double scale = 1.0 / text.labels().length;
        try (MiniGpt4 model = new MiniGpt4(backbone);
                NDManager manager = model.manager().newSubManager();
                var collector = manager.getEngine().newGradientCollector()) {
            model.setTrainable(GoldenModel.initialProjection());
            NDArray images = GoldenModel.array(manager, GOLDEN.get("image"));
            double loss =
                    model.backward(
                            backbone.features(manager, images),
                            text,
                            0,
                            collector,
                            scale * lossScale);
            TrainableValues gradient = model.takeGradient();
            gradient.scale((float) (1 / lossScale));
            return new Step(loss * scale, gradient);
        }
    }

    private static double cosine(float[] a, float[] b) {
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return ab / Math.sqrt(aa * bb);
    }
}
