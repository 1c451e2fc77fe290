package org.minigpt4j.data.order;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The part of each global batch that one rank works on. A global batch consists of consecutive
 * micro-batches; each rank takes a contiguous run of them, rank 0 the first. Together the ranks
 * cover each position exactly once, whatever their number.
 *
 * @param rank the rank, from 0
 * @param counts number of micro-batches of each rank in a global batch
 */
public record RankShare(int rank, List<Integer> counts) {

    /** Checks that the rank exists and that each rank has at least one micro-batch. */
    public RankShare {
        counts = List.copyOf(counts);
        if (rank < 0 || rank >= counts.size() || counts.stream().anyMatch(count -> count < 1)) {
            throw new IllegalArgumentException("rank %d of %s".formatted(rank, counts));
        }
    }

    /**
     * A share of runs that are as equal as possible.
     *
     * @param ranks number of ranks
     * @param microBatches micro-batches in a global batch
     */
    public RankShare(int rank, int ranks, int microBatches) {
        this(rank, even(ranks, microBatches));
    }

    private static List<Integer> even(int ranks, int microBatches) {
        return IntStream.range(0, ranks)
                .map(r -> bound(r + 1, ranks, microBatches) - bound(r, ranks, microBatches))
                .boxed()
                .toList();
    }

    private static int bound(int rank, int ranks, int microBatches) {
        return (int) ((long) microBatches * rank / ranks);
    }

    /** The only rank, with one micro-batch per global batch. */
    public static RankShare whole() {
        return new RankShare(0, 1, 1);
    }

    /** The same division, seen by another rank. */
    public RankShare of(int other) {
        return new RankShare(other, counts);
    }

    /** Number of ranks. */
    public int ranks() {
        return counts.size();
    }

    /** Number of micro-batches in a global batch. */
    public int microBatches() {
        return counts.stream().mapToInt(count -> count).sum();
    }

    /** Index of this rank's first micro-batch within a global batch. */
    public int first() {
        return counts.subList(0, rank).stream().mapToInt(count -> count).sum();
    }

    /** Number of micro-batches of this rank in each global batch. */
    public int count() {
        return counts.get(rank);
    }

    /** Position of this rank's {@code index}th micro-batch after position {@code start}. */
    public long position(long start, long index) {
        return start + index / count() * microBatches() + first() + index % count();
    }
}
