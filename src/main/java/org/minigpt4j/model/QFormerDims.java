package org.minigpt4j.model;

/**
 * Sizes of the Q-Former, a BERT whose even layers look at the image.
 *
 * @param queries learned query tokens, the length of its output
 * @param width channels of a query
 * @param layers layers in all
 * @param heads attention heads
 * @param hidden width of the feed-forward part
 * @param crossEvery every which layer, from the first on, has cross-attention
 * @param imageWidth channels of the image tokens
 * @param layerNormEps epsilon of the layers' norms
 * @param lnVisionEps epsilon of {@code ln_vision}, the norm of the image tokens
 */
public record QFormerDims(
        int queries,
        int width,
        int layers,
        int heads,
        int hidden,
        int crossEvery,
        int imageWidth,
        double layerNormEps,
        double lnVisionEps) {

    /** Epsilon of BERT's layer norms. */
    public static final double LAYER_NORM_EPS = 1e-12;

    /** Epsilon of {@code ln_vision}, PyTorch's default. */
    public static final double LN_VISION_EPS = 1e-5;

    private static final int GROUPED_PATCHES = 4;

    /**
     * In place of a Q-Former: its outputs are groups of four neighbouring patches, side by side as
     * in upstream's model for Llama 2, so a quarter of the patches with four times the width.
     *
     * @throws IllegalArgumentException if four does not divide the number of patches
     */
    public static QFormerDims none(VitDims vit) {
        int patches = vit.tokens() - 1;
        if (patches % GROUPED_PATCHES != 0) {
            throw new IllegalArgumentException(
                    "%d patches cannot be grouped by four".formatted(patches));
        }
        return new QFormerDims(
                patches / GROUPED_PATCHES, GROUPED_PATCHES * vit.width(), 0, 1, 0, 1, vit.width());
    }

    /** Whether these are the sizes of {@link #none}. */
    public boolean isNone() {
        return layers == 0;
    }

    /** Checks that heads divide the width. */
    public QFormerDims {
        if (width % heads != 0) {
            throw new IllegalArgumentException("width " + width + " over " + heads + " heads");
        }
    }

    /** Sizes with the epsilons of BLIP-2. */
    public QFormerDims(
            int queries,
            int width,
            int layers,
            int heads,
            int hidden,
            int crossEvery,
            int imageWidth) {
        this(
                queries,
                width,
                layers,
                heads,
                hidden,
                crossEvery,
                imageWidth,
                LAYER_NORM_EPS,
                LN_VISION_EPS);
    }

    /** True for the layers with cross-attention. */
    public boolean crosses(int layer) {
        return layer % crossEvery == 0;
    }
}
