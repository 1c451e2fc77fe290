package org.minigpt4j.doctor;

import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.EvaVit;
import org.minigpt4j.model.FrozenBlock;
import org.minigpt4j.model.Llama;
import org.minigpt4j.model.LlamaDims;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.QFormer;
import org.minigpt4j.model.RandomWeights;
import org.minigpt4j.model.VitDims;

/**
 * What a replica needs on its device, worked out from the sizes.
 *
 * @param weights bytes of the frozen parts, shared by all replicas of the device
 * @param activations bytes of one micro-batch at the fullest moment, of each replica
 * @param elements values of the frozen parts
 */
public record MemoryNeed(long weights, long activations, long elements) {

    /** Room that kernels and the allocator take beside the tensors. */
    private static final double SLACK = 1.1;

    /**
     * For one micro-batch of the longest sequences the configuration allows.
     *
     * @param int8 language model in int8
     * @param recompute keep only the input of each of its layers
     */
    static MemoryNeed of(
            ModelFiles files,
            ComputePrecision precision,
            boolean int8,
            boolean recompute,
            int batch,
            int tokens,
            int labels) {
        int bytes = precision.bytes();
        LlamaDims llama = files.llama();
        long decoder = elements(new Llama(llama, recompute, null));
        long embeddings =
                (long) llama.vocab() * llama.hidden() * (int8 ? (llama.tiedHead() ? 1 : 2) : 0);
        long encoders =
                elements(new EvaVit(files.vit(), null))
                        + elements(new QFormer(files.qformer(), null));
        long weights =
                bytes * encoders
                        + (int8 ? decoder - embeddings + embeddings * bytes : decoder * bytes);
        double layer = // what backward reads
                2.0 * llama.hidden() + llama.qkvRows() + 2.0 * llama.intermediate();
        double places = (double) batch * tokens;
        double kept =
                recompute
                        ? llama.layers() * (double) llama.hidden() + layer
                        : llama.layers() * layer;
        double scores = 3.0 * 4 * batch * llama.heads() * tokens * tokens;
        double logits = 3.0 * 4 * batch * labels * llama.vocab();
        VitDims vit = files.vit();
        double encoder =
                (double) batch
                        * vit.tokens()
                        * (4.0 * 3 * vit.width() + bytes * 2.0 * vit.hidden());
        double decoding = places * kept * bytes + Math.max(scores, logits);
        return new MemoryNeed(
                weights, (long) (SLACK * Math.max(decoding, encoder)), encoders + decoder);
    }

    private static long elements(FrozenBlock block) {
        return RandomWeights.tensors(block).stream().mapToLong(tensor -> tensor.elements()).sum();
    }

    /** With so many replicas on the device. */
    public long total(int replicas) {
        return weights + replicas * activations;
    }
}
