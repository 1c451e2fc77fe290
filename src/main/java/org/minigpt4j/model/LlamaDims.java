package org.minigpt4j.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.minigpt4j.UsageException;

import java.nio.file.Path;

/**
 * Sizes of the language model, as its {@code config.json} states them.
 *
 * @param hidden channels of a token
 * @param layers decoder layers
 * @param heads attention heads
 * @param intermediate width of the gated MLP
 * @param vocab rows of the embedding table and of the head
 * @param rmsEps epsilon of the RMS norms
 * @param maxPositions longest sequence
 * @param keyValueHeads heads of keys and values, each shared by as many heads
 * @param headDim channels of one head
 * @param ropeTheta base of the rotary frequencies
 * @param ropeScaling how they are stretched
 * @param qkvBias whether queries, keys and values have a bias
 * @param tiedHead whether the head is the embedding table
 */
public record LlamaDims(
        int hidden,
        int layers,
        int heads,
        int intermediate,
        int vocab,
        double rmsEps,
        int maxPositions,
        int keyValueHeads,
        int headDim,
        double ropeTheta,
        RopeScaling ropeScaling,
        boolean qkvBias,
        boolean tiedHead) {

    /** Base of the rotary frequencies of the first LLaMA. */
    public static final double ROPE_BASE = 10_000;

    /** Checks that the sizes go together. */
    public LlamaDims {
        if (hidden < 1 || heads < 1 || layers < 1 || intermediate < 1 || vocab < 1) {
            throw new IllegalArgumentException("a size below 1");
        }
        if (headDim < 2 || headDim % 2 != 0) {
            throw new IllegalArgumentException(
                    "a head size (head_dim) of %s is not even"
                            .formatted(Integer.toString(headDim)));
        }
        if (keyValueHeads < 1 || heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(
                    "%s heads (num_attention_heads) cannot share %s (num_key_value_heads) evenly"
                            .formatted(Integer.toString(heads), Integer.toString(keyValueHeads)));
        }
    }

    /** A LLaMA or Vicuna of the first generation. */
    public LlamaDims(
            int hidden,
            int layers,
            int heads,
            int intermediate,
            int vocab,
            double rmsEps,
            int maxPositions) {
        this(
                hidden,
                layers,
                heads,
                intermediate,
                vocab,
                rmsEps,
                maxPositions,
                heads,
                requireHeads(hidden, heads),
                ROPE_BASE,
                RopeScaling.NONE,
                false,
                false);
    }

    /** The channels of one of the heads that share the hidden size. */
    static int requireHeads(int hidden, int heads) {
        if (heads < 1 || hidden % heads != 0 || hidden / heads % 2 != 0) {
            throw new IllegalArgumentException(
                    "hidden_size %s over %s heads (num_attention_heads) gives no even head size"
                            .formatted(Integer.toString(hidden), Integer.toString(heads)));
        }
        return hidden / heads;
    }

    /** Rows of queries, keys and values together. */
    public int qkvRows() {
        return (heads + 2 * keyValueHeads) * headDim;
    }

    /**
     * Reads {@code config.json} of a Hugging Face folder of a LLaMA, Vicuna, Mistral or Qwen2.
     *
     * @throws UsageException if it is missing, of another model, or asks for something not built;
     *     it names the file, the key, what stood there and what was wanted
     */
    public static LlamaDims read(Path folder) {
        return LlamaConfigFile.read(folder);
    }

    /** The {@code config.json} of a model of these sizes. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        var architectures = new JsonArray();
        architectures.add(qkvBias ? "Qwen2ForCausalLM" : "LlamaForCausalLM");
        json.add("architectures", architectures);
        json.addProperty("bos_token_id", 1);
        json.addProperty("eos_token_id", 2);
        if (headDim * heads != hidden) {
            json.addProperty("head_dim", headDim);
        }
        json.addProperty("hidden_act", "silu");
        json.addProperty("hidden_size", hidden);
        json.addProperty("intermediate_size", intermediate);
        boolean linear = ropeScaling.kind() == RopeScaling.Kind.LINEAR;
        json.addProperty(
                "max_position_embeddings",
                linear ? (int) (maxPositions / ropeScaling.factor()) : maxPositions);
        json.addProperty("model_type", qkvBias ? "qwen2" : "llama");
        json.addProperty("num_attention_heads", heads);
        json.addProperty("num_hidden_layers", layers);
        if (keyValueHeads != heads || qkvBias) {
            json.addProperty("num_key_value_heads", keyValueHeads);
        }
        json.addProperty("pad_token_id", 0);
        json.addProperty("rms_norm_eps", rmsEps);
        if (ropeTheta != ROPE_BASE) {
            json.addProperty("rope_theta", ropeTheta);
        }
        if (ropeScaling.kind() != RopeScaling.Kind.DEFAULT) {
            json.add("rope_scaling", ropeScaling.toJson());
        }
        json.addProperty("tie_word_embeddings", tiedHead);
        json.addProperty("torch_dtype", "float16");
        json.addProperty("vocab_size", vocab);
        return json;
    }
}
