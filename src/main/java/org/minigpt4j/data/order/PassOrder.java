package org.minigpt4j.data.order;

import org.minigpt4j.random.Permutation;
import org.minigpt4j.random.RandomStream;
import org.minigpt4j.random.RandomStreamId;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The order of one data set's samples, pass after pass. Each pass shuffles the shards and cuts them
 * into windows of a few shards; the samples of a window are permuted together. Every sample comes
 * once per pass, and only the shards of one window (or of two, at a border) are read at a time.
 */
public final class PassOrder implements DatasetOrder {

    private final long seed;
    private final int dataset;
    private final int[] shardSizes;
    private final int windowShards;
    private final long[] shardStarts;
    private final long size;
    private volatile Plan last;

    /** A sample's number in the data set, and how many passes were completed before. */
    public record Visit(long sample, long pass) {}

    /**
     * @param shardSizes samples in each shard
     * @param windowShards number of shards whose samples are mixed with each other
     */
    PassOrder(long seed, int dataset, int[] shardSizes, int windowShards) {
        this.seed = seed;
        this.dataset = dataset;
        this.shardSizes = shardSizes.clone();
        this.windowShards = windowShards;
        this.shardStarts = starts(shardSizes);
        this.size = shardStarts[shardSizes.length];
        if (size == 0 || windowShards < 1) {
            throw new IllegalArgumentException(size + " samples, window " + windowShards);
        }
    }

    /** Number of samples in a pass. */
    long size() {
        return size;
    }

    /** The sample at {@code ordinal} of the endless sequence of passes. */
    @Override
    public Visit at(long ordinal) {
        long pass = ordinal / size;
        Plan plan = plan(pass);
        return new Visit(plan.sample(ordinal % size), pass);
    }

    private Plan plan(long pass) {
        Plan known = last;
        if (known == null || known.pass != pass) {
            known = new Plan(pass);
            last = known;
        }
        return known;
    }

    static long[] starts(int[] sizes) {
        long[] starts = new long[sizes.length + 1];
        for (int i = 0; i < sizes.length; i++) {
            starts[i + 1] = starts[i] + sizes[i];
        }
        return starts;
    }

    /**
     * One pass: the shuffled shards, where each of them begins, and the permutations of the
     * windows.
     */
    private final class Plan {

        private final long pass;
        private final int[] shards;
        private final long[] begins;
        private volatile Window window;

        private record Window(int number, Permutation permutation) {}

        Plan(long pass) {
            this.pass = pass;
            this.shards = IntStream.range(0, shardSizes.length).toArray();
            Mixture.shuffle(shards, RandomStreamId.SHARDS.stream(seed, dataset, pass));
            this.begins = starts(Arrays.stream(shards).map(shard -> shardSizes[shard]).toArray());
        }

        long sample(long offset) {
            int number = shardAt(offset) / windowShards;
            long begin = begins[number * windowShards];
            long within = begin + permutation(number).apply(offset - begin);
            int shard = shardAt(within);
            return shardStarts[shards[shard]] + within - begins[shard];
        }

        private Permutation permutation(int number) {
            Window known = window;
            if (known == null || known.number != number) {
                int first = number * windowShards;
                int end = Math.min(first + windowShards, shards.length);
                RandomStream random = RandomStreamId.SAMPLES.stream(seed, dataset, pass, number);
                known = new Window(number, new Permutation(begins[end] - begins[first], random));
                window = known;
            }
            return known.permutation;
        }

        /** Which of the shuffled shards contains {@code offset}; skips empty shards. */
        private int shardAt(long offset) {
            int found = Arrays.binarySearch(begins, offset);
            int shard = found >= 0 ? found : -found - 2;
            while (begins[shard + 1] <= offset) {
                shard++;
            }
            return shard;
        }
    }
}
