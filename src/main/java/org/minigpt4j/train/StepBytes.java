package org.minigpt4j.train;

import org.minigpt4j.FailedException;
import org.minigpt4j.cluster.protocol.CanonicalTree;
import org.minigpt4j.cluster.protocol.CanonicalTree.Node;
import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.train.GradientReducer.StepSum;
import org.minigpt4j.weights.BFloat16;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Encodes the parts of a step for the exchange between ranks. Numbers are little-endian, like the
 * processors. Gradients are sent in fp32, or in bf16, which halves the bytes and rounds.
 */
final class StepBytes {

    /** Bytes of a micro-batch's loss and workload. */
    private static final int FIGURES = 8 + 3 * 4 + 8;

    private StepBytes() {}

    private static void put(ByteBuffer out, float[] values, int from, int count, boolean half) {
        if (half) {
            for (int i = from; i < from + count; i++) {
                out.putShort(BFloat16.fromFloat(values[i]));
            }
        } else {
            out.asFloatBuffer().put(values, from, count);
            out.position(out.position() + 4 * count);
        }
    }

    private static void get(ByteBuffer in, float[] values, boolean half) {
        if (half) {
            for (int i = 0; i < values.length; i++) {
                values[i] = BFloat16.toFloat(in.getShort());
            }
        } else {
            in.asFloatBuffer().get(values);
            in.position(in.position() + 4 * values.length);
        }
    }

    /** Loss and workload of a micro-batch. */
    record Figures(double loss, Workload work) {}

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer read(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static byte[] ofLabels(int[] labels) {
        ByteBuffer out = buffer(4 * labels.length);
        out.asIntBuffer().put(labels);
        return out.array();
    }

    /** Joins all ranks' labels in the order of the ranks. */
    static int[] labels(List<byte[]> parts, int microBatches) {
        int[] all = new int[microBatches];
        int at = 0;
        for (byte[] part : parts) {
            int count = part.length / 4;
            require(at + count <= microBatches && part.length % 4 == 0, "labels");
            read(part).asIntBuffer().get(all, at, count);
            at += count;
        }
        require(at == microBatches, "labels");
        return all;
    }

    /** Where a rank's chunk begins, if {@code length} numbers are divided among {@code ranks}. */
    static int chunk(int rank, int ranks, int length) {
        return (int) ((long) length * rank / ranks);
    }

    /**
     * Encodes, for each receiving rank, its chunk of the sums over the nodes of this rank's share,
     * with all losses and workloads.
     */
    static List<byte[]> parts(
            RankShare share, List<Replica.Result> results, List<Workload> work, boolean half) {
        List<float[]> sums = new ArrayList<>();
        for (Node node : nodes(share)) {
            List<TrainableValues> leaves = new ArrayList<>();
            for (int i = node.first(); i < node.end(); i++) {
                TrainableValues leaf = results.get(i - share.first()).gradient();
                // they are still needed unchanged
                leaves.add(node.end() - node.first() > 1 ? leaf.copy() : leaf);
            }
            sums.add(CanonicalSum.of(leaves).values());
        }
        int length = sums.get(0).length;
        List<byte[]> parts = new ArrayList<>();
        for (int rank = 0; rank < share.ranks(); rank++) {
            int from = chunk(rank, share.ranks(), length);
            int count = chunk(rank + 1, share.ranks(), length) - from;
            ByteBuffer out = buffer(share.count() * FIGURES + sums.size() * count * width(half));
            for (int i = 0; i < share.count(); i++) {
                put(out, new Figures(results.get(i).loss(), work.get(i)));
            }
            for (float[] sum : sums) {
                put(out, sum, from, count, half);
            }
            parts.add(out.array());
        }
        return parts;
    }

    private static int width(boolean half) {
        return half ? 2 : 4;
    }

    private static List<Node> nodes(RankShare share) {
        int end = share.first() + share.count();
        return CanonicalTree.cover(share.first(), end, share.microBatches());
    }

    private static void put(ByteBuffer out, Figures one) {
        out.putDouble(one.loss());
        out.putInt(one.work().samples()).putInt(one.work().tokens()).putInt(one.work().labels());
        out.putDouble(one.work().flops());
    }

    private static Figures figures(ByteBuffer in) {
        double loss = in.getDouble();
        int samples = in.getInt();
        int tokens = in.getInt();
        return new Figures(loss, new Workload(samples, tokens, in.getInt(), in.getDouble()));
    }

    /**
     * Adds up one rank's chunk.
     *
     * @param parts parts from all ranks, in order
     * @param length number of values in a whole gradient
     * @param half whether numbers are sent in bf16
     * @param all receives the losses and workloads of all micro-batches
     */
    static byte[] total(
            RankShare share, List<byte[]> parts, int length, boolean half, List<Figures> all) {
        int count =
                chunk(share.rank() + 1, share.ranks(), length)
                        - chunk(share.rank(), share.ranks(), length);
        List<Node> nodes = new ArrayList<>();
        List<float[]> sums = new ArrayList<>();
        all.clear();
        for (int rank = 0; rank < share.ranks(); rank++) {
            RankShare theirs = share.of(rank);
            List<Node> covered = nodes(theirs);
            ByteBuffer in = read(parts.get(rank));
            int expected = theirs.count() * FIGURES + covered.size() * count * width(half);
            require(in.remaining() == expected, "a part");
            for (int i = 0; i < theirs.count(); i++) {
                all.add(figures(in));
            }
            for (Node node : covered) {
                float[] sum = new float[count];
                get(in, sum, half);
                nodes.add(node);
                sums.add(sum);
            }
        }
        float[] total = CanonicalTree.sum(nodes, sums, share.microBatches());
        ByteBuffer out = buffer(width(half) * count);
        put(out, total, 0, count, half);
        return out.array();
    }

    /** Encodes a step's sum (losses, workloads, labels, chunks) for a rank that missed it. */
    static byte[] whole(List<Figures> figures, int[] labels, List<byte[]> chunks) {
        int bytes = 4 + figures.size() * (FIGURES + 4);
        for (byte[] chunk : chunks) {
            bytes = Math.addExact(bytes, chunk.length);
        }
        ByteBuffer out = buffer(bytes);
        out.putInt(figures.size());
        figures.forEach(one -> put(out, one));
        for (int label : labels) {
            out.putInt(label);
        }
        chunks.forEach(out::put);
        return out.array();
    }

    /**
     * Decodes the sum that {@link #whole} encoded, for a gradient of the same form as {@code form}.
     */
    static StepSum sum(byte[] whole, TrainableValues form, boolean half) {
        try {
            ByteBuffer in = read(whole);
            int n = in.getInt();
            require(n >= 0 && (long) n * FIGURES <= in.remaining(), "a sum");
            List<Figures> figures = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                figures.add(figures(in));
            }
            int[] labels = new int[n];
            for (int i = 0; i < n; i++) {
                labels[i] = in.getInt();
            }
            TrainableValues gradient = form.zeros();
            require(in.remaining() == width(half) * gradient.values().length, "a sum");
            get(in, gradient.values(), half);
            return new StepSum(
                    gradient,
                    figures.stream().mapToDouble(Figures::loss).toArray(),
                    labels,
                    Workload.sum(figures.stream().map(Figures::work).toList()));
        } catch (BufferUnderflowException e) {
            throw wrong("a sum");
        }
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw wrong(what);
        }
    }

    private static FailedException wrong(String what) {
        return new FailedException(
                ("a peer sent %s with a size that does not match this run; check that all hosts"
                                + " have the same version and configuration")
                        .formatted(what));
    }
}
