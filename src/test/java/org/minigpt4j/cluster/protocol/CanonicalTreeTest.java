package org.minigpt4j.cluster.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.minigpt4j.cluster.protocol.CanonicalTree.Node;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class CanonicalTreeTest {

    /** As one process adds them: pairs, then pairs of pairs. */
    private static float[] alone(List<float[]> leaves) {
        List<float[]> sums = new ArrayList<>();
        leaves.forEach(leaf -> sums.add(leaf.clone()));
        for (int reach = 1; reach < sums.size(); reach *= 2) {
            for (int i = 0; i + reach < sums.size(); i += 2 * reach) {
                for (int e = 0; e < sums.get(i).length; e++) {
                    sums.get(i)[e] += sums.get(i + reach)[e];
                }
            }
        }
        return sums.get(0);
    }

    @Test
    void anySplitOfAnyNumberOfMicroBatchesGivesTheSameBits() {
        Random random = new Random(5);
        for (int n = 1; n <= 40; n++) {
            List<float[]> leaves = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                leaves.add(new float[] {random.nextFloat(), (float) (random.nextGaussian() * 1e4)});
            }
            for (int ranks = 1; ranks <= Math.min(n, 9); ranks++) {
                List<Node> nodes = new ArrayList<>();
                List<float[]> sums = new ArrayList<>();
                for (int rank = 0; rank < ranks; rank++) {
                    for (Node node :
                            CanonicalTree.cover(n * rank / ranks, n * (rank + 1) / ranks, n)) {
                        nodes.add(node);
                        sums.add(alone(leaves.subList(node.first(), node.end())));
                    }
                }
                assertArrayEquals(
                        alone(leaves), CanonicalTree.sum(nodes, sums, n), n + "/" + ranks);
            }
        }
    }

    @Test
    void aRunIsMadeOfItsLargestNodes() {
        assertEquals(List.of(new Node(0, 6)), CanonicalTree.cover(0, 6, 6));
        assertEquals(List.of(new Node(3, 4), new Node(4, 6)), CanonicalTree.cover(3, 6, 6));
        assertEquals(
                List.of(new Node(1, 2), new Node(2, 4), new Node(4, 5)),
                CanonicalTree.cover(1, 5, 8));
    }

    @Test
    void whatIsMissingOrTwiceIsRefused() {
        List<float[]> two = List.of(new float[1], new float[1]);
        assertThrows(
                IllegalArgumentException.class,
                () -> CanonicalTree.sum(List.of(new Node(0, 2), new Node(3, 4)), two, 4));
        assertThrows(
                IllegalArgumentException.class,
                () -> CanonicalTree.sum(List.of(new Node(0, 2), new Node(0, 2)), two, 2));
        assertThrows(
                IllegalArgumentException.class,
                () -> CanonicalTree.sum(List.of(new Node(0, 1), new Node(1, 3)), two, 4));
    }
}
