package org.minigpt4j.doctor;

import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.EvaVit;
import org.minigpt4j.model.FrozenBlock;
import org.minigpt4j.model.Llama;
import org.minigpt4j.model.LlamaDims;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.QFormer;
import org.minigpt4j.model.QFormerDims;
import org.minigpt4j.model.RandomWeights;
import org.minigpt4j.model.VitDims;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a replica needs on its device, worked out from the sizes.
 *
 * @param weights bytes of the frozen parts, shared by all replicas of the device
 * @param activations bytes of one micro-batch at the fullest moment, of each replica, and of what
 *     learns with its gradient
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
     * @param tunes whether the Q-Former learns
     */
    static MemoryNeed of(
            ModelFiles files,
            ComputePrecision precision,
            boolean int8,
            boolean recompute,
            boolean tunes,
            int batch,
            int tokens,
            int labels) {
        return of(
                files.vit(),
                files.qformer(),
                files.llama(),
                tunes ? files.trainable(true).length() : 0,
                precision,
                int8,
                recompute,
                batch,
                tokens,
                labels);
    }

    /**
     * The same for parts of these sizes.
     *
     * @param learned values of the Q-Former and the projection if they learn, else 0
     */
    static MemoryNeed of(
            VitDims vit,
            QFormerDims queries,
            LlamaDims llama,
            long learned,
            ComputePrecision precision,
            boolean int8,
            boolean recompute,
            int batch,
            int tokens,
            int labels) {
        int bytes = precision.bytes();
        boolean tunes = learned > 0;
        long decoder = elements(new Llama(llama, recompute, null));
        long embeddings =
                (long) llama.vocab() * llama.hidden() * (int8 ? (llama.tiedHead() ? 1 : 2) : 0);
        long qformer = elements(new QFormer(queries, null));
        long encoders = elements(new EvaVit(vit, null)) + (tunes ? 0 : qformer);
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
        double encoder =
                (double) batch
                        * vit.tokens()
                        * (4.0 * 3 * vit.width() + bytes * 2.0 * vit.hidden());
        double graph = tunes ? Float.BYTES * batch * graph(queries, vit.tokens()) : 0;
        double decoding = graph + places * kept * bytes + Math.max(scores, logits);
        return new MemoryNeed(
                weights,
                2 * Float.BYTES * learned + (long) (SLACK * Math.max(decoding, encoder)),
                encoders + decoder + (tunes ? qformer : 0));
    }

    /** Values that autograd keeps of a Q-Former that learns, for one image. */
    private static double graph(QFormerDims dims, double tokens) {
        double q = dims.queries();
        double w = dims.width();
        double self = q * (12 * w + 3 * dims.heads() * q);
        double forward = q * (6 * w + 3 * dims.hidden());
        double cross =
                tokens * (2 * w + dims.imageWidth()) + q * (8 * w + 3 * dims.heads() * tokens);
        double all = tokens * dims.imageWidth();
        for (int i = 0; i < dims.layers(); i++) {
            all += self + forward + (dims.crosses(i) ? cross : 0);
        }
        return all;
    }

    private static long elements(FrozenBlock block) {
        return RandomWeights.tensors(block).stream().mapToLong(tensor -> tensor.elements()).sum();
    }

    /** With so many replicas on the device. */
    public long total(int replicas) {
        return weights + replicas * activations;
    }

    /**
     * Why that does not fit, and what to do; empty if it does.
     *
     * @param int8 whether the language model is in int8 already
     * @param beside bytes that the program takes beside it in the same memory
     * @param has bytes of that memory; 0 if it is not known
     */
    Optional<String> shortage(
            int replicas, boolean int8, boolean recompute, long beside, long has) {
        long needed = total(replicas) + beside;
        if (has == 0 || needed <= has) {
            return Optional.empty();
        }
        List<String> ways = new ArrayList<>(List.of("lower run.batch_size_train"));
        if (replicas > 1) {
            ways.add("name fewer run.devices");
        }
        if (!recompute) {
            ways.add("set model.grad_checkpoint");
        }
        if (!int8) {
            ways.add("set model.low_resource");
        }
        return Optional.of(
                String.format(
                        Locale.ROOT,
                        "%.1f GB are needed, %.1f of them for the frozen weights, and there are"
                                + " %.1f; %s",
                        needed / 1e9,
                        weights / 1e9,
                        has / 1e9,
                        weights > has && int8
                                ? "use a smaller language model or a larger machine"
                                : String.join(" or ", ways)));
    }
}
