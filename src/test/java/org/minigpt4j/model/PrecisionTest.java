package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.junit.jupiter.api.Test;
import org.minigpt4j.Goldens;
import org.minigpt4j.Npz;
import org.minigpt4j.UsageException;
import org.minigpt4j.weights.DType;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

class PrecisionTest {

    private static final Npz GOLDEN = Goldens.npz("stage2_forward.npz");

    /** What a step of stage 2 gives. */
    private record Step(double loss, ProjectionValues gradient) {}

    @Test
    void recomputedLayersGiveTheSameBits() {
        Step kept = step(false, ComputePrecision.FP32, false);
        Step again = step(true, ComputePrecision.FP32, false);
        assertEquals(kept.loss(), again.loss());
        assertArrayEquals(kept.gradient().weight(), again.gradient().weight());
        assertArrayEquals(kept.gradient().bias(), again.gradient().bias());
    }

    @Test
    void bfloat16StaysNearFloat32() {
        Step exact = step(false, ComputePrecision.FP32, false);
        Step rough = step(false, ComputePrecision.BF16, false);
        assertEquals(exact.loss(), rough.loss(), 0.03 * exact.loss());
        assertTrue(exact.loss() != rough.loss(), "nothing was computed in bfloat16");
        double cosine = cosine(exact.gradient().weight(), rough.gradient().weight());
        assertTrue(cosine > 0.98, "gradients point apart: cosine " + cosine);
    }

    @Test
    void recomputedLayersGiveTheSameBitsInBfloat16() {
        Step kept = step(false, ComputePrecision.BF16, false);
        Step again = step(true, ComputePrecision.BF16, false);
        assertArrayEquals(kept.gradient().weight(), again.gradient().weight());
    }

    @Test
    void int8GivesLossAndGradientOfTheDequantizedWeights() {
        Step int8 = step(false, ComputePrecision.FP32, true);
        Step dequantized;
        try (Backbone backbone =
                new Backbone(
                        Device.cpu(),
                        GoldenModel.vit(Goldens.dim("img")),
                        GoldenModel.qformer(),
                        LlamaDims.read(Goldens.path("weights/llama_fp32")),
                        false)) {
            GoldenModel.load(
                    backbone,
                    ComputePrecision.FP32,
                    false,
                    new Dequantized(
                            TensorSource.open(
                                    Goldens.path("weights/llama_fp32/model.safetensors"))));
            dequantized = step(backbone);
        }
        assertEquals(dequantized.loss(), int8.loss(), 1e-5);
        GoldenModel.assertClose(
                "gradient", dequantized.gradient().weight(), int8.gradient().weight(), 1e-5);
        Step exact = step(false, ComputePrecision.FP32, false);
        assertTrue(exact.loss() != int8.loss(), "nothing was quantized");
        assertEquals(exact.loss(), int8.loss(), 0.03 * exact.loss());
    }

    @Test
    void float16IsRefusedOnACpuWithAdvice() {
        var e = assertThrows(UsageException.class, () -> step(false, ComputePrecision.FP16, false));
        assertTrue(e.getMessage().contains("bf16"), e.getMessage());
    }

    private static Step step(boolean recompute, ComputePrecision precision, boolean int8) {
        try (Backbone backbone = GoldenModel.backbone(Device.cpu(), precision, int8, recompute)) {
            return step(backbone);
        }
    }

    private static Step step(Backbone backbone) {
        TextBatch text = GoldenModel.text(GOLDEN, GOLDEN);
        double scale = 1.0 / text.labels().length;
        try (MiniGpt4 model = new MiniGpt4(backbone);
                NDManager manager = model.manager().newSubManager();
                var collector = manager.getEngine().newGradientCollector()) {
            model.setProjection(GoldenModel.initialProjection());
            NDArray images = GoldenModel.array(manager, GOLDEN.get("image"));
            double loss =
                    model.backward(backbone.features(manager, images), text, collector, scale);
            return new Step(loss * scale, model.takeGradient());
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

    /** The decoder layers' matrices rounded to 127 steps of each row's largest magnitude. */
    private record Dequantized(TensorSource source) implements TensorSource {

        @Override
        public Map<String, TensorInfo> tensors() {
            var wide = new LinkedHashMap<>(source.tensors());
            wide.replaceAll(
                    (key, info) ->
                            isQuantized(key) ? new TensorInfo(key, DType.F32, info.shape()) : info);
            return wide;
        }

        private static boolean isQuantized(String key) {
            return key.contains("_proj.");
        }

        @Override
        public ByteBuffer read(String key) {
            TensorInfo info = source.tensors().get(key);
            if (!isQuantized(key)) {
                return source.read(key);
            }
            float[] values = new float[(int) info.elements()];
            info.dtype().widen(source.read(key), FloatBuffer.wrap(values));
            int columns = (int) info.shape()[1];
            for (int begin = 0; begin < values.length; begin += columns) {
                float largest = 0;
                for (float v : Arrays.copyOfRange(values, begin, begin + columns)) {
                    largest = Math.max(largest, Math.abs(v));
                }
                float scale = largest / 127;
                for (int i = begin; i < begin + columns; i++) {
                    values[i] = (float) Math.rint(values[i] / scale) * scale;
                }
            }
            ByteBuffer bytes =
                    ByteBuffer.allocateDirect(values.length * Float.BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(values);
            return bytes;
        }

        @Override
        public String fileOf(String key) {
            return source.fileOf(key);
        }

        @Override
        public void close() {
            source.close();
        }
    }
}
