package org.minigpt4j.model;

import com.google.gson.JsonObject;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignJson;

import java.nio.file.Files;
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
 */
public record LlamaDims(
        int hidden,
        int layers,
        int heads,
        int intermediate,
        int vocab,
        double rmsEps,
        int maxPositions) {

    /** Base of the rotary frequencies. */
    public static final double ROPE_BASE = 10_000;

    private static final long LONGEST_CONFIG = 4 << 20;
    private static final int WIDEST = 1 << 20;
    private static final int MOST_LAYERS = 1000;
    private static final int MOST_TOKENS = 10_000_000;
    private static final int MOST_POSITIONS = 100_000_000;

    /** Checks that heads divide the hidden size into even parts. */
    public LlamaDims {
        if (hidden < 1 || heads < 1 || layers < 1 || intermediate < 1 || vocab < 1) {
            throw new IllegalArgumentException("a size below 1");
        }
        if (hidden % heads != 0 || hidden / heads % 2 != 0) {
            throw new IllegalArgumentException(
                    "hidden_size %s over %s heads (num_attention_heads) gives no even head size"
                            .formatted(Integer.toString(hidden), Integer.toString(heads)));
        }
    }

    /** Channels of one head. */
    public int headDim() {
        return hidden / heads;
    }

    /**
     * Reads {@code config.json} of a Hugging Face LLaMA folder.
     *
     * @throws UsageException if it is missing, not a LLaMA's, or asks for something not built; it
     *     names the file, the key, what stood there and what was wanted
     */
    public static LlamaDims read(Path folder) {
        Path file = folder.resolve("config.json");
        if (Files.isRegularFile(folder)) {
            throw new UsageException(
                    ("%s is a file; the language model is a Hugging Face folder with config.json,"
                                    + " tokenizer and weights")
                            .formatted(folder));
        }
        if (!Files.isRegularFile(file)) {
            throw new UsageException(
                    ("there is no %s; the language model is a Hugging Face folder with config.json,"
                                    + " tokenizer and weights")
                            .formatted(file));
        }
        ForeignJson json = ForeignJson.read(file, LONGEST_CONFIG);
        require(json.at("model_type"), "llama");
        int heads = json.at("num_attention_heads").integer(1, WIDEST);
        int hidden = json.at("hidden_size").integer(1, WIDEST);
        ForeignJson groups = json.at("num_key_value_heads");
        if (groups.integer(1, heads, heads) != heads) {
            throw unsupported(groups, "grouped-query attention is not supported");
        }
        requireLlama(json);
        try {
            LlamaDims dims =
                    new LlamaDims(
                            hidden,
                            json.at("num_hidden_layers").integer(1, MOST_LAYERS),
                            heads,
                            json.at("intermediate_size").integer(1, WIDEST),
                            json.at("vocab_size").integer(1, MOST_TOKENS),
                            json.at("rms_norm_eps").number(1e-15, 0.1, 1e-6),
                            json.at("max_position_embeddings").integer(1, MOST_POSITIONS, 2048));
            require(json.at("head_dim"), dims.headDim());
            return dims;
        } catch (IllegalArgumentException e) {
            throw new UsageException(file + ": " + e.getMessage(), e);
        }
    }

    /** Settings of later models that would be passed over in silence and give wrong numbers. */
    private static void requireLlama(ForeignJson json) {
        require(json.at("hidden_act"), "silu");
        require(json.at("rope_theta"), ROPE_BASE);
        require(json.at("attention_bias"), false);
        require(json.at("mlp_bias"), false);
        require(json.at("tie_word_embeddings"), false);
        ForeignJson scaling = json.at("rope_scaling");
        if (scaling.isPresent() && !scaling.members().isEmpty()) {
            ForeignJson type = scaling.at("rope_type");
            require(type.isPresent() ? type : scaling.at("type"), "default");
        }
        ForeignJson rope = json.at("rope_parameters");
        if (rope.isPresent()) {
            require(rope.at("rope_theta"), ROPE_BASE);
            require(rope.at("rope_type"), "default");
        }
    }

    private static void require(ForeignJson value, String expected) {
        if (value.isPresent() && !value.text().equals(expected)) {
            throw unsupported(value, "only \"%s\" is supported".formatted(expected));
        }
    }

    private static void require(ForeignJson value, boolean expected) {
        if (value.truth(expected) != expected) {
            throw unsupported(value, "only %s is supported".formatted(expected));
        }
    }

    private static void require(ForeignJson value, double expected) {
        if (value.number(0, Double.MAX_VALUE, expected) != expected) {
            throw unsupported(value, "only %s is supported".formatted(Double.toString(expected)));
        }
    }

    private static UsageException unsupported(ForeignJson value, String why) {
        return new UsageException(
                "%s: %s is %s: %s; use a LLaMA or Vicuna of 7B or 13B of the first generation"
                        .formatted(value.file(), value.place(), value.found(), why));
    }

    /** The {@code config.json} of a model of these sizes. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        var architectures = new com.google.gson.JsonArray();
        architectures.add("LlamaForCausalLM");
        json.add("architectures", architectures);
        json.addProperty("bos_token_id", 1);
        json.addProperty("eos_token_id", 2);
        json.addProperty("hidden_act", "silu");
        json.addProperty("hidden_size", hidden);
        json.addProperty("intermediate_size", intermediate);
        json.addProperty("max_position_embeddings", maxPositions);
        json.addProperty("model_type", "llama");
        json.addProperty("num_attention_heads", heads);
        json.addProperty("num_hidden_layers", layers);
        json.addProperty("pad_token_id", 0);
        json.addProperty("rms_norm_eps", rmsEps);
        json.addProperty("tie_word_embeddings", false);
        json.addProperty("torch_dtype", "float16");
        json.addProperty("vocab_size", vocab);
        return json;
    }
}
