package org.minigpt4j.model;

import org.minigpt4j.weights.TensorSource;

import java.util.Arrays;
import java.util.Optional;

/** Whose weights a file may hold, told by a key that only they have. */
enum WeightOwner {
    IMAGE_ENCODER("an image encoder (EVA ViT)", "model.vit_weights", "blocks.0.attn.qkv.weight"),
    QFORMER("a Q-Former", "model.q_former_model", "query_tokens"),
    LANGUAGE_MODEL("a LLaMA", "model.llama_model", "model.embed_tokens.weight"),
    PROJECTION("a trained projection", "model.ckpt", "llama_proj.weight"),
    HUGGING_FACE(
            "a BLIP-2 in Hugging Face's layout",
            "model.vit_weights or model.q_former_model",
            "vision_model.embeddings.class_embedding");

    private final String words;
    private final String setting;
    private final String key;

    WeightOwner(String words, String setting, String key) {
        this.words = words;
        this.setting = setting;
        this.key = key;
    }

    /** Whose weights these are, if they can be told. */
    static Optional<WeightOwner> of(TensorSource source) {
        return Arrays.stream(values())
                .filter(owner -> source.tensors().containsKey(owner.key))
                .findFirst();
    }

    /** Such as {@code a Q-Former}. */
    String words() {
        return words;
    }

    /** The setting that names such a file. */
    String setting() {
        return setting;
    }
}
