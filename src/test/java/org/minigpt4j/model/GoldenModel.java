package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.Goldens;
import org.minigpt4j.Npz;
import org.minigpt4j.Where;
import org.minigpt4j.model.kernel.GpuText;
import org.minigpt4j.model.kernel.Kernels;
import org.minigpt4j.text.TextBatch;
import org.minigpt4j.weights.TensorSource;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The reference's tiny model, loaded from its own files. */
public final class GoldenModel {

    private GoldenModel() {}

    public static VitDims vit(int imageSize) {
        int width = Goldens.dim("vdim");
        return new VitDims(
                imageSize,
                Goldens.dim("patch"),
                width,
                Goldens.dim("vdepth"),
                Goldens.dim("vheads"),
                (int) (width * Goldens.number("mlp_ratio")),
                Goldens.number("ln_eps_vit"));
    }

    public static QFormerDims qformer() {
        return new QFormerDims(
                Goldens.dim("nq"),
                Goldens.dim("qdim"),
                Goldens.dim("qlayers"),
                Goldens.dim("qheads"),
                Goldens.dim("qinter"),
                Goldens.dim("cross_attention_freq"),
                Goldens.dim("vdim"),
                Goldens.number("ln_eps_qformer"),
                Goldens.number("ln_eps_ln_vision"));
    }

    public static Backbone backbone(
            Where where, ComputePrecision precision, boolean int8, boolean recompute) {
        return backbone(where, Goldens.dim("img"), precision, int8, recompute);
    }

    public static Backbone backbone(
            Where where,
            int imageSize,
            ComputePrecision precision,
            boolean int8,
            boolean recompute) {
        Backbone backbone = empty(where, imageSize, recompute);
        load(
                backbone,
                precision,
                int8,
                TensorSource.open(Goldens.path("weights/llama_fp32/model.safetensors")));
        return backbone;
    }

    /** Still to be filled. */
    public static Backbone empty(Where where, int imageSize, boolean recompute) {
        return new Backbone(
                NDManager.newBaseManager(where.device()),
                where == Where.GPU_KERNELS_ON_CPU ? GpuText::kernels : Kernels::new,
                vit(imageSize),
                qformer(),
                LlamaDims.read(Goldens.path("weights/llama_fp32")),
                recompute);
    }

    /** Fills a backbone from the golden files, the language model from {@code llama}. */
    public static void load(
            Backbone backbone, ComputePrecision precision, boolean int8, TensorSource llama) {
        // Not of the backbone, which keeps float16 away from a processor.
        WeightLoader loader =
                new WeightLoader(
                        backbone.manager(),
                        backbone.kernels(),
                        precision,
                        int8,
                        (key, bytes) -> {});
        load(
                loader,
                backbone.vit(),
                TensorSource.open(Goldens.path("weights/eva_vit_g.safetensors")));
        load(
                loader,
                backbone.qformer(),
                TensorSource.open(Goldens.path("weights/blip2_pretrained_flant5xxl.safetensors")));
        load(loader, backbone.llama(), llama);
    }

    private static void load(WeightLoader loader, FrozenBlock block, TensorSource file) {
        try (file) {
            loader.load(block, file, "golden");
        }
    }

    public static TrainableValues initialProjection() {
        Npz npz = Goldens.npz("weights/llama_proj_init.npz");
        return TrainableValues.projection(npz.get("weight").floats(), npz.get("bias").floats());
    }

    /** The reference's Q-Former and the projection that its training starts from. */
    public static TrainableValues initialWithQFormer() {
        TrainableValues projection = initialProjection();
        TrainableSet set = new QFormer(qformer(), null).trainable().then(projection.set());
        TrainableValues values = new TrainableValues(set, new float[set.length()]);
        values.putAll(projection);
        Path file = Goldens.path("weights/blip2_pretrained_flant5xxl.safetensors");
        try (TensorSource source = TensorSource.open(file)) {
            for (TrainableTensor tensor : set.without(projection.set()).tensors()) {
                float[] numbers = new float[tensor.length()];
                source.read(tensor.name())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .get(numbers);
                values.put(tensor.name(), numbers);
            }
        }
        return values;
    }

    public static NDArray array(NDManager manager, Npz.Array array) {
        Shape shape = new Shape(array.shape());
        return array.dtype().equals("i8")
                ? manager.create(array.longs(), shape)
                : manager.create(array.floats(), shape);
    }

    /** The captions of {@code batch} behind the prompt of {@code prompts}, if it has one. */
    public static TextBatch text(Npz batch, Npz prompts) {
        long[] ids = batch.longs("text_ids");
        long[] mask = batch.longs("text_mask");
        int size = (int) batch.shape("text_ids")[0];
        int length = ids.length / size;
        List<int[]> captions = new ArrayList<>();
        for (int b = 0; b < size; b++) {
            int own = b * length;
            int count = 0;
            while (count < length && mask[own + count] == 1) {
                count++;
            }
            captions.add(ints(Arrays.copyOfRange(ids, own, own + count)));
        }
        return TextBatch.of(
                prompt(prompts, "prompt_before_ids"),
                prompt(prompts, "prompt_after_ids"),
                captions,
                Goldens.dim("nq"),
                Goldens.dim("bos"),
                Goldens.dim("pad_for_training"));
    }

    private static int[] prompt(Npz golden, String name) {
        return golden.has(name) ? ints(golden.longs(name)) : new int[0];
    }

    private static int[] ints(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }

    /** Fails with the place of the largest difference. */
    public static void assertClose(
            String name, Npz.Array expected, NDArray actual, double tolerance) {
        assertArrayEquals(expected.shape(), actual.getShape().getShape(), name + ": shape");
        assertClose(name, expected.floats(), actual.toFloatArray(), tolerance);
    }

    public static void assertClose(
            String name, float[] expected, float[] actual, double tolerance) {
        assertEquals(expected.length, actual.length, name + ": number of values");
        double worst = 0;
        int at = 0;
        for (int i = 0; i < expected.length && !Double.isNaN(worst); i++) {
            double difference = Math.abs((double) expected[i] - actual[i]);
            if (!(difference <= worst)) {
                worst = difference;
                at = i;
            }
        }
        if (!(worst <= tolerance)) {
            fail(
                    "%s: differs by %.3g at %d: expected %s, was %s"
                            .formatted(name, worst, at, expected[at], actual[at]));
        }
    }
}
