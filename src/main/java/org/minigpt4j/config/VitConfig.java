package org.minigpt4j.config;

import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;

/** The section {@code model.vit}: the size of the image encoder, EVA-CLIP ViT-g/14 by default. */
public record VitConfig(
        @Key(doc = "Width of a token.", byDefault = "1408") @Range(min = 1) int width,
        @Key(doc = "Number of blocks.", byDefault = "39") @Range(min = 1) int depth,
        @Key(doc = "Attention heads; they divide `width`.", byDefault = "16") @Range(min = 1)
                int heads,
        @Key(
                        doc =
                                "Hidden width of the MLP divided by `width`; the product is truncated, not"
                                        + " rounded.",
                        byDefault = "4.3637")
                @Range(above = 0)
                double mlpRatio,
        @Key(doc = "Edge of a patch in pixels; it divides `image_size`.", byDefault = "14")
                @Range(min = 1)
                int patchSize) {

    /** Hidden width of the MLP, {@code int(width * mlp_ratio)}. */
    public int mlpHidden() {
        return (int) (width * mlpRatio);
    }
}
