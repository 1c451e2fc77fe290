package org.minigpt4j.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;

import org.minigpt4j.model.kernel.Kernels;

import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * The frozen parts on one device: image encoder, Q-Former and language model. They hold no state
 * between calls, so all replicas on the device share them. Where the Q-Former learns, this one's
 * has {@code ln_vision} alone, and each model brings its own.
 */
public final class Backbone implements AutoCloseable {

    private static final float[] CLIP_MEAN = {0.48145466f, 0.4578275f, 0.40821073f};
    private static final float[] CLIP_STD = {0.26862954f, 0.26130258f, 0.27577711f};

    private static final int[] LAST = {-1};

    private final NDManager manager;
    private final Kernels kernels;
    private final EvaVit vit;
    private final QFormer qformer;
    private final Llama llama;
    private final NDArray mean;
    private final NDArray std;

    /**
     * Declares the parts on {@code device}; their weights are still to be loaded.
     *
     * @param recompute trade time for memory in the language model's backward pass
     */
    public Backbone(
            Device device, VitDims vit, QFormerDims qformer, LlamaDims llama, boolean recompute) {
        this(NDManager.newBaseManager(device), Kernels::new, vit, qformer, llama, recompute);
    }

    /** With kernels that need not be those of the device; takes over {@code manager}. */
    Backbone(
            NDManager manager,
            Function<NDManager, Kernels> kernels,
            VitDims vit,
            QFormerDims qformer,
            LlamaDims llama,
            boolean recompute) {
        this.manager = manager;
        this.kernels = kernels.apply(manager);
        this.vit = new EvaVit(vit, this.kernels);
        this.qformer = new QFormer(qformer, this.kernels);
        this.llama = new Llama(llama, recompute, this.kernels);
        mean = manager.create(CLIP_MEAN);
        std = manager.create(CLIP_STD);
    }

    /** What pixels are normalised with: the mean of each channel. */
    public static float[] pixelMean() {
        return CLIP_MEAN.clone();
    }

    /** What pixels are normalised with: the standard deviation of each channel. */
    public static float[] pixelDeviation() {
        return CLIP_STD.clone();
    }

    /** The image encoder. */
    public EvaVit vit() {
        return vit;
    }

    /** The Q-Former. */
    public QFormer qformer() {
        return qformer;
    }

    /** The language model. */
    public Llama llama() {
        return llama;
    }

    /** The kernels of this device. */
    Kernels kernels() {
        return kernels;
    }

    /** Where the weights live; whoever works with this backbone takes sub-managers of it. */
    public NDManager manager() {
        return manager;
    }

    /** A loader that fills these parts. */
    public WeightLoader loader(
            ComputePrecision precision, boolean int8, WeightLoader.Progress progress) {
        return new WeightLoader(
                manager, kernels, precision.requireOn(manager.getDevice()), int8, progress);
    }

    /**
     * What the queries see in images.
     *
     * @param pixels RGB, one byte a value, [b, side, side, 3] in a direct buffer
     * @return float32 [b, queries, width], a constant to autograd
     */
    public NDArray features(NDManager results, ByteBuffer pixels, int batch) {
        try (NDManager scratch = results.newSubManager()) {
            return features(results, images(scratch, pixels, batch));
        }
    }

    private NDArray images(NDManager results, ByteBuffer pixels, int batch) {
        int side = vit.dims().imageSize();
        NDArray bytes = results.create(pixels, new Shape(batch, side, side, 3), DataType.UINT8);
        return kernels.callOne(results, "normalize_pixels", bytes, mean, std);
    }

    /** The image encoder's tokens alone, [b, patches + 1, image width]; {@code pixels} as above. */
    NDArray tokens(NDManager results, ByteBuffer pixels, int batch) {
        try (NDManager scratch = results.newSubManager()) {
            return tokens(results, images(scratch, pixels, batch));
        }
    }

    /** As {@link #tokens(NDManager, ByteBuffer, int)} for normalised images [b, 3, side, side]. */
    NDArray tokens(NDManager results, NDArray images) {
        try (NDArray tokens = vit.encode(images)) {
            return kernels.callOne(results, "to_dtype", tokens, ComputePrecision.FP32.scalarType());
        }
    }

    /** PyTorch's number for the dtype that linear maps compute in here. */
    long computeDtype() {
        return vit.getDirectParameters().values().stream()
                .filter(parameter -> parameter.getType() == Parameter.Type.WEIGHT)
                .findFirst()
                .map(weight -> kernels.number("compute_dtype", weight.getArray()))
                .orElseThrow();
    }

    /**
     * As {@link #features(NDManager, ByteBuffer, int)} for normalised images [b, 3, side, side].
     */
    public NDArray features(NDManager results, NDArray images) {
        if (qformer.dims().isNone()) {
            return grouped(results, images);
        }
        try (NDArray tokens = vit.encode(images);
                NDArray seen = qformer.query(tokens)) {
            // Kernels run in inference mode, whose results autograd cannot keep; a copy can be
            // kept.
            NDArray features = seen.duplicate();
            features.attach(results);
            return features;
        }
    }

    /**
     * Without a Q-Former: the tokens after a layer norm without weights (upstream's {@code
     * ln_vision} is as it was created there), less the class token, four neighbours side by side.
     */
    private NDArray grouped(NDManager results, NDArray images) {
        QFormerDims dims = qformer.dims();
        try (NDManager scratch = results.newSubManager()) {
            NDArray tokens = tokens(scratch, images); // [b, patches + 1, width]
            NDArray centered = tokens.sub(tokens.mean(LAST, true));
            NDArray deviation =
                    centered.square().mean(LAST, true).add((float) dims.lnVisionEps()).sqrt();
            NDArray grouped =
                    centered.div(deviation)
                            .get(":, 1:")
                            .reshape(-1, dims.queries(), dims.width())
                            .duplicate();
            grouped.attach(results);
            return grouped;
        }
    }

    /** A copy of a float32 array in a precision that DJL itself may not know. */
    public NDArray cast(NDArray array, ComputePrecision precision) {
        return kernels.callOne(array.getManager(), "copy_as", array, precision.scalarType());
    }

    /** The plain product of two matrices of one precision, to measure others against. */
    public NDArray matmul(NDArray x, NDArray y) {
        return kernels.callOne(x.getManager(), "matmul", x, y);
    }

    /** Waits until an array is computed: a GPU computes asynchronously. */
    public void await(NDArray array) {
        // Reading a GPU's array leaves a copy with its manager.
        try (NDManager scratch = array.getManager().newSubManager()) {
            kernels.callOne(scratch, "first", array).getFloat();
        }
    }

    @Override
    public void close() {
        kernels.close();
        manager.close();
    }
}
