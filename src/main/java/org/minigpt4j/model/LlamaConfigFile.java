package org.minigpt4j.model;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignJson;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Reads {@code config.json} of a Hugging Face folder: LLaMA, Mistral or Qwen2. Whatever would
 * compute something else than what is built is refused by name, never skipped.
 */
final class LlamaConfigFile {

    private static final long LONGEST_CONFIG = 4 << 20;
    private static final int WIDEST = 1 << 20;
    private static final int MOST_LAYERS = 1000;
    private static final int MOST_TOKENS = 10_000_000;
    private static final int MOST_POSITIONS = 100_000_000;

    /**
     * What a key means that is not there, from transformers' configuration classes.
     *
     * @param keyValueHeads 0 for as many as heads
     */
    private record Family(int keyValueHeads, int positions, boolean qkvBias) {}

    private static final Map<String, Family> FAMILIES =
            Map.of(
                    "llama", new Family(0, 2048, false),
                    "mistral", new Family(8, 131072, false),
                    "qwen2", new Family(32, 32768, true));

    private final ForeignJson json;
    private final Family family;

    private LlamaConfigFile(ForeignJson json) {
        this.json = json;
        ForeignJson type = json.at("model_type");
        String name = type.isPresent() ? type.text() : "llama";
        family = FAMILIES.get(name);
        if (family == null) {
            throw unsupported(type, "only \"llama\", \"mistral\" and \"qwen2\" are supported");
        }
    }

    static LlamaDims read(Path folder) {
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
        var config = new LlamaConfigFile(ForeignJson.read(file, LONGEST_CONFIG));
        try {
            return config.dims();
        } catch (IllegalArgumentException e) {
            throw new UsageException(file + ": " + e.getMessage(), e);
        }
    }

    private LlamaDims dims() {
        int heads = json.at("num_attention_heads").integer(1, WIDEST);
        int hidden = json.at("hidden_size").integer(1, WIDEST);
        require(json.at("hidden_act"), "silu");
        if (json.at("quantization_config").isPresent()) {
            throw unsupported(
                    json.at("quantization_config"),
                    "quantised weights (GPTQ, AWQ, bitsandbytes) are not supported;"
                            + " use the float16 ones, which model.low_resource keeps in 8 bits");
        }
        require(json.at("attention_bias"), false);
        require(json.at("mlp_bias"), false);
        int groups = family.keyValueHeads == 0 ? heads : family.keyValueHeads;
        ForeignJson headDim = json.at("head_dim");
        if (!headDim.isPresent()) {
            LlamaDims.requireHeads(hidden, heads);
        }
        ForeignJson parameters = json.at("rope_parameters");
        ForeignJson inner = parameters.isPresent() ? parameters.at("rope_theta") : parameters;
        ForeignJson theta = inner.isPresent() ? inner : json.at("rope_theta");
        RopeScaling scaling =
                RopeScaling.read(parameters.isPresent() ? parameters : json.at("rope_scaling"));
        return new LlamaDims(
                hidden,
                json.at("num_hidden_layers").integer(1, MOST_LAYERS),
                heads,
                json.at("intermediate_size").integer(1, WIDEST),
                json.at("vocab_size").integer(1, MOST_TOKENS),
                json.at("rms_norm_eps").number(1e-15, 0.1, 1e-6),
                positions(scaling),
                json.at("num_key_value_heads").integer(1, heads, groups),
                headDim.integer(1, WIDEST, hidden / heads),
                theta.number(1, 1e12, LlamaDims.ROPE_BASE),
                scaling,
                family.qkvBias,
                json.at("tie_word_embeddings").truth(false));
    }

    /**
     * The longest sequence. With a sliding window it is the window: so far it hides nothing. A
     * linear stretch multiplies the stated length, as FastChat reads it for Vicuna's 16k models.
     */
    private int positions(RopeScaling scaling) {
        int stated =
                json.at("max_position_embeddings").integer(1, MOST_POSITIONS, family.positions);
        if (scaling.kind() == RopeScaling.Kind.LINEAR) {
            stated = (int) Math.min(MOST_POSITIONS, stated * scaling.factor());
        }
        ForeignJson window = json.at("sliding_window");
        boolean slides = json.at("use_sliding_window").truth(!family.qkvBias);
        return slides ? Math.min(stated, window.integer(1, MOST_POSITIONS, stated)) : stated;
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

    private static UsageException unsupported(ForeignJson value, String why) {
        return new UsageException(
                "%s: %s is %s: %s; use a LLaMA, Vicuna, Mistral or Qwen2 (docs/models.md)"
                        .formatted(value.file(), value.place(), value.found(), why));
    }
}
