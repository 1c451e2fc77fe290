package org.minigpt4j.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.Parameter.Type;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.minigpt4j.model.kernel.Kernel;
import org.minigpt4j.model.kernel.Kernels;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * EVA-CLIP's vision transformer without final norm, head or pooling: every token after the last
 * block is the output. Keys are those of {@code eva_vit_g.pth}; the published file has one block
 * more than the model uses, which is ignored.
 */
public final class EvaVit extends FrozenBlock {

    private final VitDims dims;
    private final Parameter patchWeight;
    private final Parameter patchBias;
    private final Parameter clsToken;
    private final Parameter posEmbed;
    private final List<Parameter[]> blocks = new ArrayList<>();
    private final Kernel patchEmbed;
    private final Kernel embed;
    private final Kernel block;
    private final Kernel resizePositions;

    /**
     * Declares the encoder; {@link WeightLoader} fills it. With null kernels it is a list of
     * weights.
     */
    public EvaVit(VitDims dims, Kernels kernels) {
        super(kernels);
        this.dims = dims;
        int w = dims.width();
        int p = dims.patchSize();
        patchWeight = frozen(Type.WEIGHT, "patch_embed.proj.weight", w, 3, p, p);
        patchBias = frozen(Type.BIAS, "patch_embed.proj.bias", w);
        clsToken = frozen(Type.OTHER, "cls_token", 1, 1, w);
        posEmbed = frozen(Type.OTHER, "pos_embed", 1, dims.tokens(), w);
        for (int i = 0; i < dims.depth(); i++) {
            blocks.add(block("blocks." + i + "."));
        }
        patchEmbed = kernel("patch_embed", 4);
        embed = kernel("vit_embed", 3);
        block = kernel("vit_block", 1 + arguments(blocks.get(0)) + 2);
        resizePositions = kernel("resize_positions", 3);
    }

    /** Pre-norm attention and MLP, each added to the stream, in the order vit_block takes them. */
    private Parameter[] block(String key) {
        int w = dims.width();
        int h = dims.hidden();
        return new Parameter[] {
            frozen(Type.GAMMA, key + "norm1.weight", w),
            frozen(Type.BETA, key + "norm1.bias", w),
            frozen(Type.WEIGHT, key + "attn.qkv.weight", 3L * w, w),
            // The fused map has no bias of its own; the key's part is exactly zero.
            frozen(Type.BIAS, key + "attn.{q_bias,0,v_bias}", 3L * w),
            frozen(Type.WEIGHT, key + "attn.proj.weight", w, w),
            frozen(Type.BIAS, key + "attn.proj.bias", w),
            frozen(Type.GAMMA, key + "norm2.weight", w),
            frozen(Type.BETA, key + "norm2.bias", w),
            frozen(Type.WEIGHT, key + "mlp.fc1.weight", h, w),
            frozen(Type.BIAS, key + "mlp.fc1.bias", h),
            frozen(Type.WEIGHT, key + "mlp.fc2.weight", w, h),
            frozen(Type.BIAS, key + "mlp.fc2.bias", w)
        };
    }

    /** Sizes of this encoder. */
    public VitDims dims() {
        return dims;
    }

    @Override
    WeightOwner owner() {
        return WeightOwner.IMAGE_ENCODER;
    }

    @Override
    List<WeightSize> sizes(Map<String, TensorInfo> tensors) {
        return List.of(
                WeightSize.of("width", "model.vit.width", dims.width(), tensors, "cls_token", 2),
                WeightSize.layers(
                        "depth",
                        "model.vit.depth",
                        dims.depth(),
                        tensors,
                        "blocks.",
                        ".attn.qkv.weight"),
                WeightSize.of(
                        "patch size",
                        "model.vit.patch_size",
                        dims.patchSize(),
                        tensors,
                        "patch_embed.proj.weight",
                        3),
                WeightSize.of(
                        "MLP width",
                        "model.vit.mlp_ratio",
                        dims.hidden(),
                        tensors,
                        "blocks.0.mlp.fc1.weight",
                        0));
    }

    /** Normalised images, float32 [b, 3, s, s] -> tokens, float32 [b, 1 + patches, width]. */
    public NDArray encode(NDArray images) {
        return encode(images, (place, value) -> {});
    }

    /**
     * As {@link #encode(NDArray)}, showing every intermediate value under the name of its place.
     */
    NDArray encode(NDArray images, BiConsumer<String, NDArray> watch) {
        NDManager results = images.getManager();
        NDArray patches =
                run(results, patchEmbed, images, patchWeight, patchBias, dims.patchSize());
        watch.accept("vit_patch_embed", patches);
        NDArray x = run(results, embed, patches, clsToken, posEmbed);
        patches.close();
        for (int i = 0; i < blocks.size(); i++) {
            NDArray y = run(results, block, x, blocks.get(i), dims.heads(), dims.layerNormEps());
            x.close();
            x = y;
            watch.accept("vit_block_" + i, x);
        }
        return x;
    }

    /** Positions may have been learned on another square grid: they are interpolated. */
    @Override
    boolean accepts(Parameter parameter, long[] found, long[] expected) {
        if (parameter != posEmbed) {
            return super.accepts(parameter, found, expected);
        }
        return found.length == 3
                && found[0] == 1
                && found[2] == dims.width()
                && grid(found[1]) * grid(found[1]) + 1 == found[1];
    }

    @Override
    boolean interpolates(Parameter parameter, TensorSource source) {
        return parameter == posEmbed
                && source.tensors().get(posEmbed.getName()).shape()[1] != dims.tokens();
    }

    @Override
    NDArray interpolate(NDArray positions) {
        long old = grid(positions.getShape().get(1));
        try (positions;
                NDArray wide = positions.toType(DataType.FLOAT32, true)) {
            return run(positions.getManager(), resizePositions, wide, old, dims.grid());
        }
    }

    private static long grid(long tokens) {
        return Math.round(Math.sqrt(tokens - 1.0));
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> parameters) {
        return new NDList(encode(inputs.singletonOrThrow()));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return new Shape[] {new Shape(inputs[0].get(0), dims.tokens(), dims.width())};
    }
}
