package org.minigpt4j.bench;

/** The part of the model that an operation of a step belongs to, by the kernel that called it. */
enum StepPart {
    ENCODER("image encoder"),
    QFORMER("Q-Former"),
    FORWARD("decoder forward"),
    GRADIENT("decoder gradient"),
    HEAD("head, loss"),
    REST("rest");

    private final String label;

    StepPart(String label) {
        this.label = label;
    }

    /** The part of what runs inside a kernel. */
    static StepPart of(String kernel) {
        if (kernel.startsWith("vit_")
                || kernel.equals("patch_embed")
                || kernel.equals("normalize_pixels")) {
            return ENCODER;
        }
        if (kernel.startsWith("qformer_") || kernel.equals("layer_norm")) {
            return QFORMER; // layer_norm alone is the norm of the image before the Q-Former
        }
        if (kernel.equals("llama_loss")) {
            return HEAD;
        }
        if (kernel.equals("llama_layer_backward")) {
            return GRADIENT;
        }
        return kernel.startsWith("llama_") || kernel.equals("attention_mask") ? FORWARD : REST;
    }

    @Override
    public String toString() {
        return label;
    }
}
