package org.minigpt4j.model;

import com.google.gson.JsonObject;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignJson;

/**
 * How rotary frequencies are stretched for sequences longer than those a model was first trained
 * on: {@code rope_scaling} of a {@code config.json}.
 *
 * @param kind the rule
 * @param factor how much longer sequences may be
 * @param lowFrequency llama3: wavelengths above original / lowFrequency are stretched in full
 * @param highFrequency llama3: wavelengths below original / highFrequency stay
 * @param original llama3: longest sequence before
 */
public record RopeScaling(
        Kind kind, double factor, double lowFrequency, double highFrequency, int original) {

    /** No scaling. */
    public static final RopeScaling NONE = new RopeScaling(Kind.DEFAULT, 1, 1, 1, 1);

    /** The rules that are built. */
    public enum Kind {
        /** Frequencies as they are. */
        DEFAULT("default"),
        /** All frequencies divided by the factor, as in Vicuna's 16k models. */
        LINEAR("linear"),
        /** Only low frequencies divided, with a smooth passage, as in Llama 3.1 and later. */
        LLAMA3("llama3");

        private final String word;

        Kind(String word) {
            this.word = word;
        }
    }

    /**
     * Reads {@code rope_scaling}, or the {@code rope_parameters} of transformers 5.
     *
     * @throws UsageException if it names a rule that is not built
     */
    static RopeScaling read(ForeignJson json) {
        if (!json.isPresent() || json.members().isEmpty()) {
            return NONE;
        }
        ForeignJson named =
                json.at("rope_type").isPresent() ? json.at("rope_type") : json.at("type");
        String word = named.isPresent() ? named.text() : Kind.DEFAULT.word;
        if (word.equals(Kind.DEFAULT.word)) {
            return NONE;
        }
        if (word.equals(Kind.LINEAR.word)) {
            return new RopeScaling(Kind.LINEAR, json.at("factor").number(1, 1e6), 1, 1, 1);
        }
        if (word.equals(Kind.LLAMA3.word)) {
            return new RopeScaling(
                    Kind.LLAMA3,
                    json.at("factor").number(1, 1e6),
                    json.at("low_freq_factor").number(1e-3, 1e6),
                    json.at("high_freq_factor").number(1e-3, 1e6),
                    json.at("original_max_position_embeddings").integer(1, Integer.MAX_VALUE));
        }
        throw new UsageException(
                "%s: %s is %s: only \"default\", \"linear\" and \"llama3\" are supported"
                        .formatted(named.file(), named.place(), named.found()));
    }

    /** One frequency, stretched; in float32 as the reference computes it. */
    float stretched(float frequency) {
        return switch (kind) {
            case DEFAULT -> frequency;
            case LINEAR -> frequency / (float) factor;
            case LLAMA3 -> llama3(frequency);
        };
    }

    private float llama3(float frequency) {
        float wavelength = (float) (2 * Math.PI) / frequency;
        if (wavelength < original / highFrequency) {
            return frequency;
        }
        if (wavelength > original / lowFrequency) {
            return frequency / (float) factor;
        }
        float smooth =
                (float) ((original / wavelength - lowFrequency) / (highFrequency - lowFrequency));
        return (1 - smooth) * (frequency / (float) factor) + smooth * frequency;
    }

    /** As {@code config.json} has it. */
    JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("rope_type", kind.word);
        json.addProperty("type", kind.word);
        json.addProperty("factor", factor);
        if (kind == Kind.LLAMA3) {
            json.addProperty("low_freq_factor", lowFrequency);
            json.addProperty("high_freq_factor", highFrequency);
            json.addProperty("original_max_position_embeddings", original);
        }
        return json;
    }
}
