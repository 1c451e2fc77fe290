package org.minigpt4j.model;

/**
 * Useful floating-point operations of a training sample: two per multiply-add of every matrix
 * product. Frozen encoders run forward only; the frozen decoder runs forward and sends a gradient
 * back through its inputs, the same work again. Padding, recomputation, norms and activations do
 * not count, and the head counts for labelled places only.
 */
public final class Flops {

    private Flops() {}

    /**
     * Operations for one image and one sequence.
     *
     * @param tokens places of the sequence
     * @param labels places that predict a label
     */
    public static double perSample(
            VitDims vit, QFormerDims qformer, LlamaDims llama, double tokens, double labels) {
        return encoders(vit, qformer) + 2 * decoder(llama, tokens, labels);
    }

    /**
     * As above, in a run whose Q-Former learns if {@code tunes}: then its weights and its inputs
     * get a gradient, the work of two more passes; the image tokens get none.
     */
    public static double perSample(
            VitDims vit,
            QFormerDims qformer,
            LlamaDims llama,
            double tokens,
            double labels,
            boolean tunes) {
        double more =
                tunes ? 2 * qformer(vit, qformer) - crossing(qformer) * intoCross(vit, qformer) : 0;
        return perSample(vit, qformer, llama, tokens, labels) + more;
    }

    /** Operations of image encoder and Q-Former for one image. */
    public static double encoders(VitDims vit, QFormerDims qformer) {
        double n = vit.tokens();
        double w = vit.width();
        double blocks = vit.depth() * (2 * n * (4 * w * w + 2 * w * vit.hidden()) + 4 * n * n * w);
        return blocks + qformer(vit, qformer);
    }

    private static double qformer(VitDims vit, QFormerDims qformer) {
        double n = vit.tokens();
        double q = qformer.queries();
        double h = qformer.width();
        double layers =
                qformer.layers() * (2 * q * (4 * h * h + 2 * h * qformer.hidden()) + 4 * q * q * h);
        double cross = 4 * q * h * h + intoCross(vit, qformer) + 4 * q * n * h;
        return layers + crossing(qformer) * cross;
    }

    /** Layers that look at the image. */
    private static double crossing(QFormerDims qformer) {
        return Math.ceil(qformer.layers() / (double) qformer.crossEvery());
    }

    /** Keys and values of the image tokens in one of them. */
    private static double intoCross(VitDims vit, QFormerDims qformer) {
        return 4.0 * vit.tokens() * vit.width() * qformer.width();
    }

    /** Operations of one forward pass of the decoder. */
    public static double decoder(LlamaDims llama, double tokens, double labels) {
        double h = llama.hidden();
        double queries = (double) llama.heads() * llama.headDim();
        double maps = h * llama.qkvRows() + queries * h + 3 * h * llama.intermediate();
        double layer = 2 * maps * tokens + 2 * tokens * tokens * queries;
        return llama.layers() * layer + 2 * h * llama.vocab() * labels;
    }
}
