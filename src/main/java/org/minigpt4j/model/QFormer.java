package org.minigpt4j.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.Parameter.Type;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.minigpt4j.model.kernel.Kernel;
import org.minigpt4j.model.kernel.Kernels;
import org.minigpt4j.weights.TensorInfo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * BLIP-2's Q-Former with the layer norm in front of it: learned queries that read the image tokens.
 * Only the query branch exists; BERT's words, positions and text feed-forward never meet an image.
 * Keys are those of {@code blip2_pretrained_flant5xxl.pth}.
 */
public final class QFormer extends FrozenBlock {

    private static final String BERT = "Qformer.bert.";

    private final QFormerDims dims;
    private final Parameter[] lnVision;
    private final Parameter queryTokens;
    private final Parameter[] embedNorm;
    private final List<Layer> layers = new ArrayList<>();
    private final Kernel layerNorm;
    private final Kernel embed;
    private final Kernel selfAttention;
    private final Kernel crossAttention;
    private final Kernel feedForward;

    /** The parts of a layer; {@code cross} is null where the layer does not look at the image. */
    record Layer(Parameter[] self, Parameter[] cross, Parameter[] feedForward) {}

    private static final Parameter[] NO_WEIGHTS = {};

    /**
     * Declares the Q-Former; {@link WeightLoader} fills it. With null kernels it is a list of
     * weights. For {@link QFormerDims#none} it has no weights and only groups patches.
     */
    public QFormer(QFormerDims dims, Kernels kernels) {
        super(kernels);
        this.dims = dims;
        if (dims.isNone()) {
            lnVision = NO_WEIGHTS;
            queryTokens = null;
            embedNorm = NO_WEIGHTS;
            layerNorm = null;
            embed = null;
            selfAttention = null;
            crossAttention = null;
            feedForward = null;
            return;
        }
        lnVision = norm("ln_vision.", dims.imageWidth());
        queryTokens = frozen(Type.OTHER, "query_tokens", 1, dims.queries(), dims.width());
        embedNorm = norm(BERT + "embeddings.LayerNorm.", dims.width());
        for (int i = 0; i < dims.layers(); i++) {
            layers.add(layer(BERT + "encoder.layer." + i + ".", dims.crosses(i)));
        }
        Layer first = layers.get(0); // the first always looks at the image
        layerNorm = kernel("layer_norm", 1 + arguments(lnVision) + 1);
        embed = kernel("qformer_embed", 1 + arguments(embedNorm) + 2);
        selfAttention = kernel("qformer_self", 1 + arguments(first.self()) + 2);
        crossAttention = kernel("qformer_cross", 2 + arguments(first.cross()) + 2);
        feedForward = kernel("qformer_feed_forward", 1 + arguments(first.feedForward()) + 1);
    }

    private Layer layer(String key, boolean crosses) {
        int w = dims.width();
        int h = dims.hidden();
        Parameter[] self =
                join(
                        linear(key + "attention.self.{query,key,value}.", 3 * w, w),
                        linear(key + "attention.output.dense.", w, w),
                        norm(key + "attention.output.LayerNorm.", w));
        Parameter[] cross =
                crosses
                        ? join(
                                linear(key + "crossattention.self.query.", w, w),
                                linear(
                                        key + "crossattention.self.{key,value}.",
                                        2 * w,
                                        dims.imageWidth()),
                                linear(key + "crossattention.output.dense.", w, w),
                                norm(key + "crossattention.output.LayerNorm.", w))
                        : null;
        Parameter[] feedForward =
                join(
                        linear(key + "intermediate_query.dense.", h, w),
                        linear(key + "output_query.dense.", w, h),
                        norm(key + "output_query.LayerNorm.", w));
        return new Layer(self, cross, feedForward);
    }

    private Parameter[] linear(String key, int out, int in) {
        return new Parameter[] {
            frozen(Type.WEIGHT, key + "weight", out, in), frozen(Type.BIAS, key + "bias", out)
        };
    }

    private Parameter[] norm(String key, int width) {
        return new Parameter[] {
            frozen(Type.GAMMA, key + "weight", width), frozen(Type.BETA, key + "bias", width)
        };
    }

    private static Parameter[] join(Parameter[]... parts) {
        List<Parameter> all = new ArrayList<>();
        for (Parameter[] part : parts) {
            all.addAll(List.of(part));
        }
        return all.toArray(Parameter[]::new);
    }

    /** Sizes of this Q-Former. */
    public QFormerDims dims() {
        return dims;
    }

    /** The learned queries, [1, queries, width]. */
    Parameter queryTokens() {
        return queryTokens;
    }

    /** The norm over the queries. */
    Parameter[] embedNorm() {
        return embedNorm;
    }

    /** The layers in their order. */
    List<Layer> layers() {
        return layers;
    }

    /** ViT tokens after {@code ln_vision}, float32; a constant to autograd. */
    NDArray normalized(NDManager results, NDArray imageTokens) {
        return run(results, layerNorm, imageTokens, lnVision, dims.lnVisionEps());
    }

    /**
     * What learns where the Q-Former does, in upstream's order and not fused. {@code ln_vision} is
     * not in it: upstream freezes it with the image encoder.
     */
    public TrainableSet trainable() {
        List<TrainableTensor> tensors = new ArrayList<>();
        Parameter weight = null;
        for (Parameter parameter : getDirectParameters().values()) {
            if (isFixed(parameter)) {
                continue;
            }
            if (parameter.getType() == Type.OTHER) {
                add(tensors, parameter, 0);
            } else if (weight == null) {
                weight = parameter;
            } else {
                for (int i = 0; i < KeyPattern.of(weight.getName()).parts().size(); i++) {
                    add(tensors, weight, i);
                    add(tensors, parameter, i);
                }
                weight = null;
            }
        }
        return new TrainableSet(tensors);
    }

    private static void add(List<TrainableTensor> tensors, Parameter parameter, int part) {
        KeyPattern keys = KeyPattern.of(parameter.getName());
        Shape shape =
                new Shape(keys.partShape(keys.parts().get(part), parameter.getShape().getShape()));
        tensors.add(new TrainableTensor(keys.parts().get(part), shape));
    }

    /** Whether a weight of the Q-Former's file stays as it is even where the Q-Former learns. */
    boolean isFixed(Parameter parameter) {
        return Arrays.asList(lnVision).contains(parameter);
    }

    @Override
    WeightOwner owner() {
        return WeightOwner.QFORMER;
    }

    @Override
    List<WeightSize> sizes(Map<String, TensorInfo> tensors) {
        String layer = BERT + "encoder.layer.";
        return List.of(
                WeightSize.of(
                        "width",
                        "model.qformer.hidden_size",
                        dims.width(),
                        tensors,
                        "query_tokens",
                        2),
                WeightSize.of(
                        "query tokens",
                        "model.num_query_token",
                        dims.queries(),
                        tensors,
                        "query_tokens",
                        1),
                WeightSize.of(
                        "image width",
                        "model.vit.width",
                        dims.imageWidth(),
                        tensors,
                        "ln_vision.weight",
                        0),
                WeightSize.layers(
                        "layers",
                        "model.qformer.layers",
                        dims.layers(),
                        tensors,
                        layer,
                        ".intermediate_query.dense.weight"),
                WeightSize.of(
                        "MLP width",
                        "model.qformer.intermediate_size",
                        dims.hidden(),
                        tensors,
                        layer + "0.intermediate_query.dense.weight",
                        0));
    }

    /** ViT tokens [b, n, image width] -> what the queries saw, float32 [b, queries, width]. */
    public NDArray query(NDArray imageTokens) {
        return query(imageTokens, (place, value) -> {});
    }

    /** As {@link #query(NDArray)}, showing every intermediate value under the name of its place. */
    NDArray query(NDArray imageTokens, BiConsumer<String, NDArray> watch) {
        NDManager results = imageTokens.getManager();
        int heads = dims.heads();
        NDArray image = normalized(results, imageTokens);
        watch.accept("ln_vision_out", image);
        long batch = imageTokens.getShape().get(0);
        double eps = dims.layerNormEps();
        NDArray x = run(results, embed, queryTokens, embedNorm, batch, eps);
        watch.accept("qf_embeddings", x);
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            x = step(x, run(results, selfAttention, x, layer.self(), heads, eps));
            if (layer.cross() != null) {
                x = step(x, run(results, crossAttention, x, image, layer.cross(), heads, eps));
            }
            x = step(x, run(results, feedForward, x, layer.feedForward(), eps));
            watch.accept("qf_layer_" + i, x);
        }
        image.close();
        return x;
    }

    private static NDArray step(NDArray old, NDArray next) {
        old.close();
        return next;
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> parameters) {
        return new NDList(query(inputs.singletonOrThrow()));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return new Shape[] {new Shape(inputs[0].get(0), dims.queries(), dims.width())};
    }
}
