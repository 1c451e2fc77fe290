package org.minigpt4j.model;

import java.util.Locale;

/** Complete sets of sizes: two that exist in the world, and two small ones for a laptop. */
public enum Preset {
    /** A few million weights; a training step takes milliseconds. */
    NANO(112, 96, 4, 4, 4.0, 96, 4, 4, 384, 128, 4, 4, 352, 512),
    /** About 300 million weights; for measuring on a CPU. */
    MID(224, 512, 12, 8, 4.3637, 384, 12, 6, 1536, 768, 12, 12, 2048, 32000),
    /** ViT-g, BERT-base and Vicuna-7B. */
    LLAMA_7B(224, 1408, 39, 16, 4.3637, 768, 12, 12, 3072, 4096, 32, 32, 11008, 32000),
    /** ViT-g, BERT-base and Vicuna-13B, the original's larger model. */
    LLAMA_13B(224, 1408, 39, 16, 4.3637, 768, 12, 12, 3072, 5120, 40, 40, 13824, 32000);

    private static final int PATCH = 14;
    private static final int QUERIES = 32;

    private final VitDims vit;
    private final QFormerDims qformer;
    private final LlamaDims llama;

    Preset(
            int image,
            int vitWidth,
            int vitDepth,
            int vitHeads,
            double mlpRatio,
            int queryWidth,
            int queryLayers,
            int queryHeads,
            int queryHidden,
            int hidden,
            int layers,
            int heads,
            int intermediate,
            int vocab) {
        vit = VitDims.of(image, PATCH, vitWidth, vitDepth, vitHeads, mlpRatio);
        qformer =
                new QFormerDims(
                        QUERIES, queryWidth, queryLayers, queryHeads, queryHidden, 2, vitWidth);
        llama = new LlamaDims(hidden, layers, heads, intermediate, vocab, 1e-6, 2048);
    }

    /** Sizes of the image encoder. */
    public VitDims vit() {
        return vit;
    }

    /** Sizes of the Q-Former. */
    public QFormerDims qformer() {
        return qformer;
    }

    /** Sizes of the language model. */
    public LlamaDims llama() {
        return llama;
    }

    /** The name on the command line: {@code nano}, {@code mid}, {@code 7b} or {@code 13b}. */
    @Override
    public String toString() {
        return name().replace("LLAMA_", "").toLowerCase(Locale.ROOT);
    }
}
