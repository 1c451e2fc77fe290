package org.minigpt4j.model;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import org.minigpt4j.UsageException;

import java.io.IOException;
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

    /** Checks that heads divide the hidden size into even parts. */
    public LlamaDims {
        if (hidden % heads != 0 || hidden / heads % 2 != 0) {
            throw new IllegalArgumentException(
                    "hidden size " + hidden + " over " + heads + " heads gives no even head size");
        }
    }

    /** Channels of one head. */
    public int headDim() {
        return hidden / heads;
    }

    /**
     * Reads {@code config.json} of a Hugging Face LLaMA folder.
     *
     * @throws UsageException if it is missing, not a LLaMA's, or asks for something not built
     */
    public static LlamaDims read(Path folder) {
        Path file = folder.resolve("config.json");
        JsonObject json;
        try {
            json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        } catch (IOException e) {
            throw new UsageException(
                    file
                            + " cannot be read; the language model is a Hugging Face folder with"
                            + " config.json, tokenizer and weights",
                    e);
        } catch (JsonParseException | IllegalStateException e) {
            throw new UsageException(file + " is not a JSON object: " + e.getMessage(), e);
        }
        int heads = integer(file, json, "num_attention_heads");
        if (json.has("num_key_value_heads")
                && json.get("num_key_value_heads").getAsInt() != heads) {
            throw new UsageException(
                    file
                            + ": num_key_value_heads differs from num_attention_heads; grouped-query"
                            + " attention is not supported, take a LLaMA or Vicuna of 7B or 13B");
        }
        requireLlama(file, json);
        try {
            return new LlamaDims(
                    integer(file, json, "hidden_size"),
                    integer(file, json, "num_hidden_layers"),
                    heads,
                    integer(file, json, "intermediate_size"),
                    integer(file, json, "vocab_size"),
                    json.has("rms_norm_eps") ? json.get("rms_norm_eps").getAsDouble() : 1e-6,
                    json.has("max_position_embeddings")
                            ? json.get("max_position_embeddings").getAsInt()
                            : 2048);
        } catch (IllegalArgumentException e) {
            throw new UsageException(file + ": " + e.getMessage(), e);
        }
    }

    /** Settings of later models that would be passed over in silence and give wrong numbers. */
    private static void requireLlama(Path file, JsonObject json) {
        require(file, json, "hidden_act", "silu");
        require(file, json, "rope_theta", ROPE_BASE);
        require(file, json, "attention_bias", false);
        require(file, json, "mlp_bias", false);
        require(file, json, "tie_word_embeddings", false);
        if (json.has("rope_scaling") && !json.get("rope_scaling").isJsonNull()) {
            throw unsupported(file, "rope_scaling " + json.get("rope_scaling"));
        }
        if (json.has("rope_parameters") && json.get("rope_parameters").isJsonObject()) {
            JsonObject rope = json.getAsJsonObject("rope_parameters");
            require(file, rope, "rope_theta", ROPE_BASE);
            require(file, rope, "rope_type", "default");
        }
        int heads = integer(file, json, "num_attention_heads");
        require(file, json, "head_dim", (double) integer(file, json, "hidden_size") / heads);
    }

    private static void require(Path file, JsonObject json, String key, Object expected) {
        if (!json.has(key) || json.get(key).isJsonNull()) {
            return;
        }
        var value = json.getAsJsonPrimitive(key);
        boolean same =
                value.isNumber() && expected instanceof Double number
                        ? value.getAsDouble() == number
                        : value.getAsString().equals(expected.toString());
        if (!same) {
            throw unsupported(file, key + " " + value);
        }
    }

    private static UsageException unsupported(Path file, String setting) {
        return new UsageException(
                "%s: %s is not supported; take a LLaMA or Vicuna of 7B or 13B of the first"
                                .formatted(file, setting)
                        + " generation");
    }

    private static int integer(Path file, JsonObject json, String key) {
        if (!json.has(key)) {
            throw new UsageException(file + " has no " + key + "; is it a LLaMA's config.json?");
        }
        return json.get(key).getAsInt();
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
