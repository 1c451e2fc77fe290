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
 * The device memory that replicas need, calculated from the model's dimensions.
 *
 * @param weights bytes of the frozen parts, shared by all replicas on the device
 * @param activations bytes per replica: the peak of one micro-batch, plus the trainable tensors and
 *     their gradient
 * @param elements number of values in the frozen parts
 */
public record MemoryNeed(long weights, long activations, long elements) {

    /** Factor for the memory that kernels and the allocator use in addition to the tensors. */
    private static final double SLACK = 1.1;

    /**
     * Calculates the need for one micro-batch of the longest sequences that the configuration
     * allows.
     *
     * @param int8 whether the language model is in int8
     * @param recompute whether only the input of each of its layers is kept
     * @param tunes whether the Q-Former is trained
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
     * Calculates the need for parts with these dimensions.
     *
     * @param learned number of values in the Q-Former and the projection if the Q-Former is
     *     trained, otherwise 0
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
        double layer = // values that the backward pass reads
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

    /** Number of values per image that autograd keeps when the Q-Former is trained. */
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

    /** Bytes needed with this many replicas on the device. */
    public long total(int replicas) {
        return weights + replicas * activations;
    }

    /**
     * Why the memory does not suffice, and what to do; empty if it suffices.
     *
     * @param int8 whether the language model already is in int8
     * @param beside bytes that the rest of the program uses in the same memory
     * @param has size of that memory in bytes; 0 if unknown
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
