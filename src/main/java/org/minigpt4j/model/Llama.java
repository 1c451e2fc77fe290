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

import org.minigpt4j.UsageException;
import org.minigpt4j.model.RotaryTable.Positions;
import org.minigpt4j.model.kernel.Kernel;
import org.minigpt4j.model.kernel.Kernels;
import org.minigpt4j.weights.TensorInfo;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * A frozen decoder of LLaMA's kind: LLaMA, Vicuna, Mistral, Qwen2. It learns nothing, yet the
 * gradient must pass through it to reach the image embeddings, so each layer has a backward kernel
 * for its input alone: no graph is built, no weight gradient is computed, and a layer keeps only
 * what its backward pass reads. Keys are those of a Hugging Face LLaMA folder; the stored {@code
 * rotary_emb.inv_freq} is ignored on purpose.
 */
public final class Llama extends FrozenBlock {

    private final LlamaDims dims;
    private final boolean recompute;
    private final RotaryTable rotary;
    private final Parameter embedTokens;
    private final List<Layer> layers = new ArrayList<>();
    private final Parameter norm;
    private final Parameter lmHead;
    private final Kernel inputs;
    private final Kernel embed;
    private final Kernel append;
    private final Kernel mask;
    private final Kernel layer;
    private final Kernel layerBackward;
    private final Kernel finalNorm;
    private final Kernel logits;
    private final Kernel loss;

    /** The weights of a layer; null for a bias that the model does not have. */
    record Layer(
            Parameter attentionNorm,
            Parameter qkv,
            Parameter qkvBias,
            Parameter output,
            Parameter mlpNorm,
            Parameter gateUp,
            Parameter down) {

        /** In the order the kernels of a layer take them. */
        Parameter[] weights() {
            return new Parameter[] {attentionNorm, qkv, qkvBias, output, mlpNorm, gateUp, down};
        }
    }

    /** What is done with the input of a layer: gives its output, and closes x once it is done. */
    interface Step {
        NDArray next(int index, Layer layer, NDArray x);
    }

    /**
     * Declares the decoder; {@link WeightLoader} fills it. With null kernels it is a list of
     * weights.
     *
     * @param recompute keep only each layer's input and run the layer again in the backward pass
     */
    public Llama(LlamaDims dims, boolean recompute, Kernels kernels) {
        super(kernels);
        this.dims = dims;
        this.recompute = recompute;
        rotary = new RotaryTable(dims.headDim(), dims.ropeTheta(), dims.ropeScaling());
        int h = dims.hidden();
        embedTokens = frozen(Type.WEIGHT, "model.embed_tokens.weight", dims.vocab(), h);
        for (int i = 0; i < dims.layers(); i++) {
            layers.add(declare("model.layers." + i + "."));
        }
        norm = frozen(Type.GAMMA, "model.norm.weight", h);
        lmHead =
                dims.tiedHead()
                        ? embedTokens
                        : frozen(Type.WEIGHT, "lm_head.weight", dims.vocab(), h);
        inputs = kernel("llama_inputs", 4);
        embed = kernel("llama_embed", 2);
        append = kernel("llama_append", 2);
        mask = kernel("attention_mask", 2);
        layer = kernel("llama_layer", 4 + layerArguments());
        layerBackward = kernel("llama_layer_backward", 8 + layerArguments());
        finalNorm = kernel("rms_norm", 3);
        logits = kernel("llama_logits", 5);
        loss = kernel("llama_loss", 7);
    }

    private Layer declare(String key) {
        int h = dims.hidden();
        int f = dims.intermediate();
        int groups = dims.heads() / dims.keyValueHeads();
        String qkv =
                groups == 1
                        ? key + "self_attn.{q_proj,k_proj,v_proj}."
                        : key + "self_attn.{q_proj*" + groups + ",k_proj,v_proj}.";
        return new Layer(
                frozen(Type.GAMMA, key + "input_layernorm.weight", h),
                scalable(qkv + "weight", dims.qkvRows(), h),
                dims.qkvBias() ? frozen(Type.BIAS, qkv + "bias", dims.qkvRows()) : null,
                scalable(key + "self_attn.o_proj.weight", h, (long) dims.heads() * dims.headDim()),
                frozen(Type.GAMMA, key + "post_attention_layernorm.weight", h),
                scalable(key + "mlp.{gate_proj,up_proj}.weight", 2L * f, h),
                scalable(key + "mlp.down_proj.weight", h, f));
    }

    /** How many arguments a layer's weights, its heads and its epsilon are to a kernel. */
    final int layerArguments() {
        return arguments(layers.get(0).weights()) + 2;
    }

    /** Sizes of this decoder. */
    public LlamaDims dims() {
        return dims;
    }

    @Override
    WeightOwner owner() {
        return WeightOwner.LANGUAGE_MODEL;
    }

    @Override
    List<WeightSize> sizes(Map<String, TensorInfo> tensors) {
        String embedding = "model.embed_tokens.weight";
        return List.of(
                WeightSize.of("width", "hidden_size", dims.hidden(), tensors, embedding, 1),
                WeightSize.of("vocabulary", "vocab_size", dims.vocab(), tensors, embedding, 0),
                WeightSize.layers(
                        "layers",
                        "num_hidden_layers",
                        dims.layers(),
                        tensors,
                        "model.layers.",
                        ".input_layernorm.weight"),
                WeightSize.of(
                        "MLP width",
                        "intermediate_size",
                        dims.intermediate(),
                        tensors,
                        "model.layers.0.mlp.gate_proj.weight",
                        0),
                WeightSize.of(
                        "width of all queries",
                        "num_attention_heads",
                        (long) dims.heads() * dims.headDim(),
                        tensors,
                        "model.layers.0.self_attn.q_proj.weight",
                        0),
                WeightSize.of(
                        "width of all keys",
                        "num_key_value_heads",
                        (long) dims.keyValueHeads() * dims.headDim(),
                        tensors,
                        "model.layers.0.self_attn.k_proj.weight",
                        0));
    }

    /**
     * Puts the token embeddings of {@code before} and {@code after} around the image embeddings.
     *
     * @param image float32 [b, queries, hidden]
     * @param before token ids, int64 [b, m]
     * @param after token ids, int64 [b, n]
     * @return [b, m + queries + n, hidden] in the precision of the model
     */
    public NDArray inputsEmbeds(NDArray image, NDArray before, NDArray after) {
        return run(image.getManager(), inputs, image, before, after, embedTokens);
    }

    /**
     * Puts one run of embeddings after another.
     *
     * @param left [b, m, hidden], in the precision of the model
     * @param right [b, n, hidden], likewise
     * @return [b, m + n, hidden]
     */
    public NDArray append(NDArray left, NDArray right) {
        return run(left.getManager(), append, left, right);
    }

    /**
     * The loss of a batch and the gradient it sends back to the input embeddings.
     *
     * <p>Padding must stand on the right, where causality alone hides it from every row with a
     * label.
     *
     * @param inputsEmbeds [b, t, hidden]; closed by this call
     * @param rows the places that predict a label, as flat indices into [b * t], int64
     * @param labels the token that each of them predicts, int64
     * @param scale factor on the gradient (loss scaling), not on the loss
     * @return summed cross entropy (float32 scalar) and gradient [b, t, hidden]
     */
    public LossAndGradient loss(NDArray inputsEmbeds, NDArray rows, NDArray labels, double scale) {
        NDManager results = inputsEmbeds.getManager();
        try (Positions at = positions(inputsEmbeds, noPadding(results))) {
            Deque<NDList> kept = new ArrayDeque<>();
            NDArray x =
                    through(
                            inputsEmbeds,
                            (index, layer, input) -> {
                                NDList out = layer(at, input, layer);
                                NDArray next = out.remove(0);
                                if (recompute) {
                                    out.close();
                                    out.clear();
                                }
                                out.add(0, input);
                                kept.push(out);
                                return next;
                            });
            NDList last = head(x, rows, labels, scale);
            NDArray gradient = last.get(1);
            for (int i = layers.size() - 1; i >= 0; i--) {
                try (NDList values = kept.pop()) {
                    NDArray before = layerBackward(at, gradient, values, layers.get(i));
                    gradient.close();
                    gradient = before;
                }
            }
            return new LossAndGradient(last.get(0), gradient);
        }
    }

    /**
     * The loss of a batch alone, to the last bit what {@link #loss(NDArray, NDArray, NDArray,
     * double)} gives.
     *
     * @return summed cross entropy, float32 scalar
     */
    public NDArray loss(NDArray inputsEmbeds, NDArray rows, NDArray labels) {
        try (Positions at = positions(inputsEmbeds, noPadding(inputsEmbeds.getManager()))) {
            NDArray x =
                    through(
                            inputsEmbeds,
                            (index, layer, input) -> {
                                NDArray y = output(at, input, layer);
                                input.close();
                                return y;
                            });
            NDList last = head(x, rows, labels, 1.0);
            last.get(1).close();
            return last.get(0);
        }
    }

    /** The one way through the decoder: every layer in its order. */
    final NDArray through(NDArray inputsEmbeds, Step step) {
        NDArray x = inputsEmbeds;
        for (int i = 0; i < layers.size(); i++) {
            x = step.next(i, layers.get(i), x);
        }
        return x;
    }

    /** A layer's output, of which nothing else is kept. */
    private NDArray output(Positions at, NDArray x, Layer weights) {
        try (NDList out = layer(at, x, weights)) {
            return out.remove(0);
        }
    }

    /** The summed cross entropy and its gradient with respect to x, which is closed. */
    private NDList head(NDArray x, NDArray rows, NDArray labels, double scale) {
        NDList lossAndGradient =
                runAll(x.getManager(), loss, x, rows, labels, norm, lmHead, dims.rmsEps(), scale);
        x.close();
        return lossAndGradient;
    }

    private NDList layer(Positions at, NDArray x, Layer weights) {
        return runAll(
                x.getManager(),
                layer,
                x,
                at.cos(),
                at.sin(),
                at.mask(),
                weights.weights(),
                dims.heads(),
                dims.rmsEps());
    }

    private NDArray layerBackward(Positions at, NDArray gradient, NDList kept, Layer weights) {
        if (recompute) {
            NDList again = layer(at, kept.get(0), weights);
            again.remove(0).close();
            kept.addAll(again);
        }
        return run(
                gradient.getManager(),
                layerBackward,
                gradient,
                kept.get(0),
                kept.get(1),
                kept.get(2),
                kept.get(3),
                at.cos(),
                at.sin(),
                at.mask(),
                weights.weights(),
                dims.heads(),
                dims.rmsEps());
    }

    /**
     * Logits of the named rows, without a gradient.
     *
     * @param inputsEmbeds [b, t, hidden]
     * @param attended 1 for a token and 0 for padding, int64 [b, t]; an empty array for no padding
     * @param rows flat indices into [b * t], int64
     * @return float32 [rows, vocabulary]
     */
    public NDArray logits(NDArray inputsEmbeds, NDArray attended, NDArray rows) {
        return logits(inputsEmbeds, attended, rows, (place, value) -> {});
    }

    /** As {@link #logits(NDArray, NDArray, NDArray)}, showing the values on the way. */
    NDArray logits(
            NDArray inputsEmbeds,
            NDArray attended,
            NDArray rows,
            BiConsumer<String, NDArray> watch) {
        try (Positions at = positions(inputsEmbeds, attended)) {
            watch.accept("additive_mask_4d", at.mask());
            NDArray x =
                    through(
                            inputsEmbeds,
                            (index, layer, input) -> {
                                NDArray y = output(at, input, layer);
                                if (input != inputsEmbeds) {
                                    input.close();
                                }
                                watch.accept("llama_layer_" + index, y);
                                return y;
                            });
            watch.accept("llama_norm_out", run(x.getManager(), finalNorm, x, norm, dims.rmsEps()));
            NDArray picked = logits(x.getManager(), x, rows);
            x.close();
            return picked;
        }
    }

    /** Logits of rows of what the last layer gave. */
    final NDArray logits(NDManager results, NDArray x, NDArray rows) {
        return run(results, logits, x, rows, norm, lmHead, dims.rmsEps());
    }

    /** Token ids, int64 [b, n] -> embeddings [b, n, hidden] in the precision of the model. */
    public NDArray embed(NDArray ids) {
        return run(ids.getManager(), embed, ids, embedTokens);
    }

    /**
     * Room for the keys and values of sequences, to read them piece by piece.
     *
     * @param rows sequences
     * @param capacity most tokens of each
     */
    public KeyValueCache cache(NDManager parent, int rows, int capacity) {
        return cache(parent, rows, capacity, new long[0]);
    }

    /**
     * As {@link #cache(NDManager, int, int)} for prompts of different lengths, padded on the left.
     *
     * @param attended 1 for a token and 0 for padding, [rows * n] for the first n places
     */
    public KeyValueCache cache(NDManager parent, int rows, int capacity, long[] attended) {
        requirePositions(capacity);
        return new KeyValueCache(this, parent, rows, capacity, attended);
    }

    /** The weights of the first layer, for a look at how products of different sizes round. */
    final Layer firstLayer() {
        return layers.get(0);
    }

    final RotaryTable rotary() {
        return rotary;
    }

    final Parameter embedTokens() {
        return embedTokens;
    }

    private static NDArray noPadding(NDManager manager) {
        return manager.create(new Shape(0), DataType.INT64);
    }

    private Positions positions(NDArray inputsEmbeds, NDArray attended) {
        NDManager results = inputsEmbeds.getManager();
        long tokens = inputsEmbeds.getShape().get(1);
        requirePositions(tokens);
        return rotary.at(results, (int) tokens, run(results, mask, attended, tokens));
    }

    private void requirePositions(long tokens) {
        if (tokens > dims.maxPositions()) {
            throw new UsageException(
                    "a sequence of "
                            + tokens
                            + " tokens is longer than the language model's "
                            + dims.maxPositions()
                            + "; lower model.max_txt_len, shorten the prompts or ask for fewer"
                            + " new tokens");
        }
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> parameters) {
        NDArray embeds = inputs.get(0);
        Shape shape = embeds.getShape();
        NDManager manager = embeds.getManager();
        NDArray all = manager.arange(Math.toIntExact(shape.get(0) * shape.get(1)));
        NDArray attended = inputs.size() > 1 ? inputs.get(1) : noPadding(manager);
        NDArray logits = logits(embeds, attended, all.toType(DataType.INT64, false));
        return new NDList(logits.reshape(shape.get(0), shape.get(1), dims.vocab()));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return new Shape[] {new Shape(inputs[0].get(0), inputs[0].get(1), dims.vocab())};
    }
}
