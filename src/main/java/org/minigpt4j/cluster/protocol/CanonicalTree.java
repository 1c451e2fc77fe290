package org.minigpt4j.cluster.protocol;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The binary tree over a step's micro-batches in which gradients are added. On level k, the node at
 * i (a multiple of 2^(k+1)) is the node of level k - 1 at i plus the one at i + 2^k, or the first
 * alone if there is no second. Each rank holds a run of consecutive micro-batches and adds up the
 * largest nodes within it; the owner of a chunk adds the rest. So the result has the same bits
 * however the micro-batches are divided into runs.
 */
public final class CanonicalTree {

    private CanonicalTree() {}

    /**
     * A node of the tree.
     *
     * @param first its first micro-batch
     * @param end one past its last micro-batch
     */
    public record Node(int first, int end) {}

    /**
     * The largest nodes that together cover a run of micro-batches, in order.
     *
     * @param leaves number of micro-batches in the step
     */
    public static List<Node> cover(int first, int end, int leaves) {
        List<Node> nodes = new ArrayList<>();
        for (int at = first; at < end; ) {
            int size = 1;
            while (at % (2 * size) == 0 && fits(at, 2 * size, end, leaves) && size < leaves) {
                size *= 2;
            }
            int until = Math.min(at + size, leaves);
            nodes.add(new Node(at, until));
            at = until;
        }
        return nodes;
    }

    private static boolean fits(int at, int size, int end, int leaves) {
        return Math.min(at + size, leaves) <= end;
    }

    /**
     * Adds up nodes that together cover all leaves.
     *
     * @param sums of the nodes; their arrays are overwritten
     * @throws IllegalArgumentException if they are not nodes of the tree or do not cover all leaves
     */
    public static float[] sum(List<Node> nodes, List<float[]> sums, int leaves) {
        Map<Node, float[]> known = new HashMap<>();
        int at = 0;
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i).first() != at) {
                throw new IllegalArgumentException("%s of %d leaves".formatted(nodes, leaves));
            }
            at = nodes.get(i).end();
            known.put(nodes.get(i), sums.get(i));
        }
        int size = 1;
        while (size < leaves) {
            size *= 2;
        }
        return sum(0, size, leaves, known);
    }

    private static float[] sum(int first, int size, int leaves, Map<Node, float[]> known) {
        Node node = new Node(first, Math.min(first + size, leaves));
        float[] there = known.get(node);
        if (there != null) {
            return there;
        }
        if (size == 1) {
            throw new IllegalArgumentException("micro-batch %d is missing".formatted(first));
        }
        float[] left = sum(first, size / 2, leaves, known);
        if (first + size / 2 < leaves) {
            add(left, sum(first + size / 2, size / 2, leaves, known));
        }
        return left;
    }

    private static void add(float[] sum, float[] other) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += other[i];
        }
    }
}
