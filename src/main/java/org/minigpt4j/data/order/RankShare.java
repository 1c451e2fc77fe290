package org.minigpt4j.data.order;

/**
 * The part of each global batch that one rank works on. A global batch is {@code microBatches}
 * micro-batches in a row; ranks take contiguous runs of them, as equal as can be, rank 0 the first.
 * All ranks together take each position once, whatever their number.
 *
 * @param rank which, from 0
 * @param ranks how many there are
 * @param microBatches micro-batches in a global batch
 */
public record RankShare(int rank, int ranks, int microBatches) {

    /** Checks that the rank exists and has something to do. */
    public RankShare {
        if (rank < 0 || rank >= ranks || microBatches < ranks) {
            throw new IllegalArgumentException(
                    "rank %d of %d, %d micro-batches".formatted(rank, ranks, microBatches));
        }
    }

    /** All of it. */
    public static RankShare whole() {
        return new RankShare(0, 1, 1);
    }

    /** The first of this rank's micro-batches within a global batch. */
    public int first() {
        return (int) ((long) microBatches * rank / ranks);
    }

    /** How many of each global batch are this rank's. */
    public int count() {
        return (int) ((long) microBatches * (rank + 1) / ranks) - first();
    }

    /** The position of this rank's {@code index}th micro-batch behind position {@code start}. */
    public long position(long start, long index) {
        return start + index / count() * microBatches + first() + index % count();
    }
}
