package org.minigpt4j.model;

/**
 * Sizes of the image encoder (EVA-CLIP ViT).
 *
 * @param imageSize side of the square image in pixels
 * @param patchSize side of a patch in pixels
 * @param width channels of a token
 * @param depth blocks
 * @param heads attention heads
 * @param hidden width of a block's MLP
 * @param layerNormEps epsilon of the blocks' layer norms
 */
public record VitDims(
        int imageSize,
        int patchSize,
        int width,
        int depth,
        int heads,
        int hidden,
        double layerNormEps) {

    /** Epsilon of the blocks' layer norms in EVA (timm's choice). */
    public static final double LAYER_NORM_EPS = 1e-6;

    /** Checks that patches tile the image and heads the width. */
    public VitDims {
        if (imageSize % patchSize != 0) {
            throw new IllegalArgumentException(
                    "image size " + imageSize + " is no multiple of patch size " + patchSize);
        }
        if (width % heads != 0) {
            throw new IllegalArgumentException("width " + width + " over " + heads + " heads");
        }
    }

    /** The dims with the MLP given as a ratio of the width, truncated as timm does. */
    public static VitDims of(
            int imageSize, int patchSize, int width, int depth, int heads, double mlpRatio) {
        int hidden = (int) (width * mlpRatio);
        return new VitDims(imageSize, patchSize, width, depth, heads, hidden, LAYER_NORM_EPS);
    }

    /** Patches along one side. */
    public int grid() {
        return imageSize / patchSize;
    }

    /** Tokens the encoder returns: the patches and the class token in front. */
    public int tokens() {
        return grid() * grid() + 1;
    }
}
