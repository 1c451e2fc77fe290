package org.minigpt4j.data.order;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The part of each global batch that one rank works on. A global batch is a number of micro-batches
 * in a row; ranks take contiguous runs of them, rank 0 the first. All ranks together take each
 * position once, whatever their number.
 *
 * @param rank which, from 0
 * @param counts micro-batches of each rank in a global batch
 */
public record RankShare(int rank, List<Integer> counts) {

    /** Checks that the rank exists and that each has something to do. */
    public RankShare {
        counts = List.copyOf(counts);
        if (rank < 0 || rank >= counts.size() || counts.stream().anyMatch(count -> count < 1)) {
            throw new IllegalArgumentException("rank %d of %s".formatted(rank, counts));
        }
    }

    /**
     * A share of runs that are as equal as can be.
     *
     * @param ranks how many there are
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

    /** All of it. */
    public static RankShare whole() {
        return new RankShare(0, 1, 1);
    }

    /** The same runs as another rank sees them. */
    public RankShare of(int other) {
        return new RankShare(other, counts);
    }

    /** How many ranks there are. */
    public int ranks() {
        return counts.size();
    }

    /** Micro-batches in a global batch. */
    public int microBatches() {
        return counts.stream().mapToInt(count -> count).sum();
    }

    /** The first of this rank's micro-batches within a global batch. */
    public int first() {
        return counts.subList(0, rank).stream().mapToInt(count -> count).sum();
    }

    /** How many of each global batch are this rank's. */
    public int count() {
        return counts.get(rank);
    }

    /** The position of this rank's {@code index}th micro-batch after position {@code start}. */
    public long position(long start, long index) {
        return start + index / count() * microBatches() + first() + index % count();
    }
}
