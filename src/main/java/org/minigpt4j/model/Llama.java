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
import org.minigpt4j.model.kernel.Kernels;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.LongStream;

/**
 * A frozen LLaMA decoder. It learns nothing, yet the gradient must pass through it to reach the
 * image embeddings, so each layer has a backward kernel for its input alone: no graph is built, no
 * weight gradient is computed, and a layer keeps only what its backward pass reads. Keys are those
 * of a Hugging Face LLaMA folder; the stored {@code rotary_emb.inv_freq} is ignored on purpose.
 */
public final class Llama extends FrozenBlock {

    private final LlamaDims dims;
    private final boolean recompute;
    private final RotaryTable rotary;
    private final Parameter embedTokens;
    private final List<Parameter[]> layers = new ArrayList<>();
    private final Parameter norm;
    private final Parameter lmHead;

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
        rotary = new RotaryTable(dims.headDim(), LlamaDims.ROPE_BASE);
        int h = dims.hidden();
        embedTokens = frozen(Type.WEIGHT, "model.embed_tokens.weight", dims.vocab(), h);
        for (int i = 0; i < dims.layers(); i++) {
            layers.add(layer("model.layers." + i + "."));
        }
        norm = frozen(Type.GAMMA, "model.norm.weight", h);
        lmHead = frozen(Type.WEIGHT, "lm_head.weight", dims.vocab(), h);
    }

    /** A layer's weights, in the order llama_layer takes them. */
    private Parameter[] layer(String key) {
        int h = dims.hidden();
        int f = dims.intermediate();
        return new Parameter[] {
            frozen(Type.GAMMA, key + "input_layernorm.weight", h),
            scalable(key + "self_attn.{q_proj,k_proj,v_proj}.weight", 3L * h, h),
            scalable(key + "self_attn.o_proj.weight", h, h),
            frozen(Type.GAMMA, key + "post_attention_layernorm.weight", h),
            scalable(key + "mlp.{gate_proj,up_proj}.weight", 2L * f, h),
            scalable(key + "mlp.down_proj.weight", h, f)
        };
    }

    /** Sizes of this decoder. */
    public LlamaDims dims() {
        return dims;
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
        return run(image.getManager(), "llama_inputs", image, before, after, embedTokens);
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
        Positions at = positions(results, inputsEmbeds.getShape().get(1), noPadding(results));
        Deque<NDList> kept = new ArrayDeque<>();
        NDArray x = inputsEmbeds;
        for (Parameter[] layer : layers) {
            NDList out = layer(at, x, layer);
            NDArray next = out.remove(0);
            if (recompute) {
                out.close();
                out.clear();
            }
            out.add(0, x);
            kept.push(out);
            x = next;
        }
        NDList last =
                runAll(results, "llama_loss", x, rows, labels, norm, lmHead, dims.rmsEps(), scale);
        x.close();
        NDArray gradient = last.get(1);
        for (int i = layers.size() - 1; i >= 0; i--) {
            try (NDList values = kept.pop()) {
                NDArray before = layerBackward(at, gradient, values, layers.get(i));
                gradient.close();
                gradient = before;
            }
        }
        at.close();
        return new LossAndGradient(last.get(0), gradient);
    }

    /**
     * The loss of a batch alone, to the last bit what {@link #loss(NDArray, NDArray, NDArray,
     * double)} gives.
     *
     * @return summed cross entropy, float32 scalar
     */
    public NDArray loss(NDArray inputsEmbeds, NDArray rows, NDArray labels) {
        NDManager results = inputsEmbeds.getManager();
        try (Positions at =
                positions(results, inputsEmbeds.getShape().get(1), noPadding(results))) {
            NDArray x = inputsEmbeds;
            for (Parameter[] layer : layers) {
                NDList out = layer(at, x, layer);
                x.close();
                x = out.remove(0);
                out.close();
            }
            NDList last =
                    runAll(
                            results,
                            "llama_loss",
                            x,
                            rows,
                            labels,
                            norm,
                            lmHead,
                            dims.rmsEps(),
                            1.0);
            x.close();
            last.get(1).close();
            return last.get(0);
        }
    }

    private NDList layer(Positions at, NDArray x, Parameter[] weights) {
        return runAll(
                x.getManager(),
                "llama_layer",
                x,
                at.cos(),
                at.sin(),
                at.mask(),
                weights,
                dims.heads(),
                dims.rmsEps());
    }

    private NDArray layerBackward(
            Positions at, NDArray gradient, NDList kept, Parameter[] weights) {
        if (recompute) {
            NDList again = layer(at, kept.get(0), weights);
            again.remove(0).close();
            kept.addAll(again);
        }
        return run(
                gradient.getManager(),
                "llama_layer_backward",
                gradient,
                kept.get(0),
                kept.get(1),
                kept.get(2),
                kept.get(3),
                at.cos(),
                at.sin(),
                at.mask(),
                weights,
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
        NDManager results = inputsEmbeds.getManager();
        try (Positions at = positions(results, inputsEmbeds.getShape().get(1), attended)) {
            watch.accept("additive_mask_4d", at.mask());
            NDArray x = inputsEmbeds;
            for (int i = 0; i < layers.size(); i++) {
                NDList out = layer(at, x, layers.get(i));
                if (i > 0) {
                    x.close();
                }
                x = out.remove(0);
                out.close();
                watch.accept("llama_layer_" + i, x);
            }
            watch.accept("llama_norm_out", run(results, "rms_norm", x, norm, dims.rmsEps()));
            NDArray logits = run(results, "llama_logits", x, rows, norm, lmHead, dims.rmsEps());
            x.close();
            return logits;
        }
    }

    /** Token ids, int64 [b, n] -> embeddings [b, n, hidden] in the precision of the model. */
    public NDArray embed(NDArray ids) {
        return run(ids.getManager(), "llama_embed", ids, embedTokens);
    }

    /**
     * Room for what sequences leave behind, to read them piece by piece with {@link #next}.
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
        NDManager manager = parent.newSubManager();
        List<NDArray> rooms = new ArrayList<>();
        long[] shape = {2, rows, dims.heads(), capacity, dims.headDim()};
        for (int i = 0; i < layers.size(); i++) {
            rooms.add(run(manager, "llama_cache", embedTokens, shape));
        }
        long[] flags = new long[rows * capacity];
        Arrays.fill(flags, 1);
        int known = attended.length / rows;
        for (int row = 0; row < rows; row++) {
            System.arraycopy(attended, row * known, flags, row * capacity, known);
        }
        return new KeyValueCache(
                manager,
                rooms,
                manager.create(flags, new Shape(rows, capacity)),
                rotary.cos(manager, capacity),
                rotary.sin(manager, capacity));
    }

    /**
     * Reads the next places of sequences; position ids count the places that are no padding.
     *
     * @param inputsEmbeds [b, n, hidden]; b is the rows of the cache, or 1 for what all share
     * @return logits behind the last place, float32 [b, vocabulary]
     * @throws UsageException if the cache has no room for them
     */
    public NDArray next(NDArray inputsEmbeds, KeyValueCache cache) {
        NDManager results = inputsEmbeds.getManager();
        long b = inputsEmbeds.getShape().get(0);
        long n = inputsEmbeds.getShape().get(1);
        long start = cache.extend(b, n);
        try (NDManager step = results.newSubManager()) {
            NDList at =
                    runAll(
                            step,
                            "llama_places",
                            cache.attended(),
                            b,
                            start + n,
                            n,
                            cache.cos(),
                            cache.sin());
            NDArray x = inputsEmbeds;
            for (int i = 0; i < layers.size(); i++) {
                NDArray y =
                        run(
                                step,
                                "llama_layer_cached",
                                x,
                                cache.layer(i),
                                start,
                                at.get(0),
                                at.get(1),
                                at.get(2),
                                layers.get(i),
                                dims.heads(),
                                dims.rmsEps());
                if (i > 0) {
                    x.close();
                }
                x = y;
            }
            long[] last = LongStream.range(0, b).map(row -> row * n + n - 1).toArray();
            NDArray rows = step.create(last);
            return run(results, "llama_logits", x, rows, norm, lmHead, dims.rmsEps());
        }
    }

    /** Lets row i of the cache go on from what row {@code rows[i]} has read. */
    public void reorder(KeyValueCache cache, int[] rows) {
        try (NDManager scratch = cache.manager().newSubManager()) {
            NDArray from = scratch.create(Arrays.stream(rows).asLongStream().toArray());
            for (int i = 0; i < layers.size(); i++) {
                run(scratch, "cache_reorder", cache.layer(i), from, cache.shared(), cache.length())
                        .close();
            }
        }
    }

    private static NDArray noPadding(NDManager manager) {
        return manager.create(new Shape(0), DataType.INT64);
    }

    private Positions positions(NDManager results, long tokens, NDArray attended) {
        requirePositions(tokens);
        NDArray mask = run(results, "attention_mask", attended, tokens);
        return rotary.at(results, (int) tokens, mask);
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
