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
