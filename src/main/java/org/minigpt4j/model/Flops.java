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

    /** Operations of image encoder and Q-Former for one image. */
    public static double encoders(VitDims vit, QFormerDims qformer) {
        double n = vit.tokens();
        double w = vit.width();
        double blocks = vit.depth() * (2 * n * (4 * w * w + 2 * w * vit.hidden()) + 4 * n * n * w);
        double q = qformer.queries();
        double h = qformer.width();
        double layers =
                qformer.layers() * (2 * q * (4 * h * h + 2 * h * qformer.hidden()) + 4 * q * q * h);
        double crossing = Math.ceil(qformer.layers() / (double) qformer.crossEvery());
        double cross = crossing * (4 * q * h * h + 4 * n * w * h + 4 * q * n * h);
        return blocks + layers + cross;
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
