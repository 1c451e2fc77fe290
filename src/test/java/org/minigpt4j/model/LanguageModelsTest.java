package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.Npz;
import org.minigpt4j.OnDevice;
import org.minigpt4j.Resources;
import org.minigpt4j.Where;
import org.minigpt4j.model.kernel.GpuText;
import org.minigpt4j.model.kernel.Kernels;
import org.minigpt4j.weights.TensorSource;

import java.nio.file.Path;
import java.util.stream.LongStream;

/** Each kind of language model against Hugging Face's, see docs/peers/language_models.py. */
class LanguageModelsTest extends OnDevice {

    /** What a batch gives: summed loss, and the gradient of its inputs. */
    private record Step(double loss, float[] gradient) {}

    private static Path folder(String kind) {
        return Resources.path("org/minigpt4j/model/language/" + kind);
    }

    private Backbone backbone(
            String kind, ComputePrecision precision, boolean int8, boolean recompute) {
        return backbone(
                kind,
                precision,
                int8,
                recompute,
                TensorSource.open(folder(kind).resolve("model.safetensors")));
    }

    private Backbone backbone(
            String kind,
            ComputePrecision precision,
            boolean int8,
            boolean recompute,
            TensorSource weights) {
        Backbone backbone =
                new Backbone(
                        NDManager.newBaseManager(where.device()),
                        where == Where.GPU_KERNELS_ON_CPU ? GpuText::kernels : Kernels::new,
                        Preset.NANO.vit(),
                        Preset.NANO.qformer(),
                        LlamaDims.read(folder(kind)),
                        recompute);
        try (weights) {
            new WeightLoader(
                            backbone.manager(),
                            backbone.kernels(),
                            precision,
                            int8,
                            (key, bytes) -> {})
                    .load(backbone.llama(), weights, kind);
        }
        return backbone;
    }

    private static Npz golden(String kind) {
        return Npz.read(folder(kind).resolve("golden.npz"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"vicuna_16k", "llama3", "llama32_tied", "mistral", "qwen25", "qwen25_tied"})
    void computesWhatHuggingFaceComputes(String kind) {
        Npz golden = golden(kind);
        try (Backbone backbone = backbone(kind, ComputePrecision.FP32, false, false);
                NDManager manager = backbone.manager().newSubManager()) {
            long[] shape = golden.get("inputs_embeds").shape();
            NDArray embeds = GoldenModel.array(manager, golden.get("inputs_embeds"));
            NDArray none = manager.create(new Shape(0), DataType.INT64);
            NDArray rows = manager.create(LongStream.range(0, shape[0] * shape[1]).toArray());
            NDArray logits = backbone.llama().logits(embeds, none, rows);
            GoldenModel.assertClose(
                    kind, golden.get("logits").floats(), logits.toFloatArray(), 1e-4);

            Step step = step(backbone, golden, ComputePrecision.FP32);
            long count = labels(golden).length;
            assertEquals(golden.get("loss").floats()[0], step.loss / count, 1e-5);
            GoldenModel.assertClose(
                    kind + " gradient", golden.get("gradient").floats(), step.gradient, 1e-4);
            assertArrayEquals(golden.longs("greedy"), greedy(backbone, golden));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3", "llama32_tied", "qwen25"})
    void recomputedLayersGiveTheSameBits(String kind) {
        for (ComputePrecision precision : precisions()) {
            Step kept = step(kind, precision, false, false);
            Step again = step(kind, precision, false, true);
            assertEquals(kept.loss, again.loss);
            assertArrayEquals(kept.gradient, again.gradient);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3", "llama32_tied", "mistral", "qwen25", "qwen25_tied"})
    void fewerBitsStayNearFloat32(String kind) {
        Step exact = step(kind, ComputePrecision.FP32, false, false);
        for (ComputePrecision precision : where.narrow()) {
            for (boolean int8 : new boolean[] {false, true}) {
                Step rough = step(kind, precision, int8, false);
                assertEquals(exact.loss, rough.loss, 0.05 * exact.loss);
                assertTrue(exact.loss != rough.loss, "nothing was computed with fewer bits");
                double cosine = cosine(exact.gradient, rough.gradient);
                assertTrue(cosine > 0.97, kind + ": gradients point apart: cosine " + cosine);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3", "qwen25"})
    void int8GivesLossAndGradientOfTheDequantizedWeights(String kind) {
        Npz golden = golden(kind);
        Step int8 = step(kind, ComputePrecision.FP32, true, false);
        var weights = new Dequantized(TensorSource.open(folder(kind).resolve("model.safetensors")));
        try (Backbone backbone = backbone(kind, ComputePrecision.FP32, false, false, weights)) {
            Step dequantized = step(backbone, golden, ComputePrecision.FP32);
            assertEquals(dequantized.loss, int8.loss, 1e-4);
            GoldenModel.assertClose(kind, dequantized.gradient, int8.gradient, 1e-5);
        }
    }

    private ComputePrecision[] precisions() {
        return where == Where.CPU
                ? new ComputePrecision[] {ComputePrecision.FP32, ComputePrecision.BF16}
                : new ComputePrecision[] {ComputePrecision.FP32};
    }

    private Step step(String kind, ComputePrecision precision, boolean int8, boolean recompute) {
        try (Backbone backbone = backbone(kind, precision, int8, recompute)) {
            return step(backbone, golden(kind), precision);
        }
    }

    private static Step step(Backbone backbone, Npz golden, ComputePrecision precision) {
        try (NDManager manager = backbone.manager().newSubManager()) {
            NDArray embeds = GoldenModel.array(manager, golden.get("inputs_embeds"));
            double lossScale = precision == ComputePrecision.FP16 ? 1024 : 1;
            long[] labels = labels(golden);
            LossAndGradient result =
                    backbone.llama()
                            .loss(
                                    backbone.cast(embeds, precision),
                                    manager.create(rows(golden)),
                                    manager.create(labels),
                                    lossScale / labels.length);
            float[] gradient =
                    backbone.cast(result.gradient(), ComputePrecision.FP32)
                            .div(lossScale)
                            .toFloatArray();
            double loss = result.loss().toType(DataType.FLOAT64, false).getDouble();
            return new Step(loss, gradient);
        }
    }

    /** Flat places that predict a label; place p - 1 predicts the label at p. */
    private static long[] rows(Npz golden) {
        long[] all = golden.longs("labels");
        return LongStream.range(0, all.length)
                .filter(p -> all[(int) p] >= 0)
                .map(p -> p - 1)
                .toArray();
    }

    private static long[] labels(Npz golden) {
        return LongStream.of(golden.longs("labels")).filter(label -> label >= 0).toArray();
    }

    private static long[] greedy(Backbone backbone, Npz golden) {
        long[] ids = new long[golden.longs("greedy").length];
        long[] shape = golden.get("inputs_embeds").shape();
        try (NDManager manager = backbone.manager().newSubManager();
                KeyValueCache cache =
                        backbone.llama().cache(manager, 1, (int) shape[1] + ids.length)) {
            NDArray embeds = GoldenModel.array(manager, golden.get("inputs_embeds"));
            NDArray next = embeds.get("0:1");
            for (int i = 0; i < ids.length; i++) {
                ids[i] = cache.next(next).argMax(1).toLongArray()[0];
                next = backbone.llama().embed(manager.create(new long[] {ids[i]}, new Shape(1, 1)));
            }
        }
        return ids;
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
