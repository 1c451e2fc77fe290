package org.minigpt4j.data.order;

import org.minigpt4j.random.RandomStream;
import org.minigpt4j.random.RandomStreamId;

import java.util.stream.IntStream;

/**
 * Draws with replacement, with the same distribution as the reference's shard resampling: first a
 * shard uniformly, then a sample uniformly from the shard, so samples of small shards come more
 * often. Places are drawn from windows of a few shards, chosen anew for each window. So only a few
 * shards are read at a time, as with the reference's shuffle buffer.
 */
final class ReplacementOrder implements DatasetOrder {

    private final long seed;
    private final int dataset;
    private final int[] shardSizes;
    private final int[] shards;
    private final long[] starts;
    private final int windowShards;
    private final long windowPlaces;

    ReplacementOrder(long seed, int dataset, int[] shardSizes, int windowShards) {
        this.seed = seed;
        this.dataset = dataset;
        this.shardSizes = shardSizes.clone();
        this.windowShards = windowShards;
        this.shards =
                IntStream.range(0, shardSizes.length).filter(i -> shardSizes[i] > 0).toArray();
        this.starts = PassOrder.starts(shardSizes);
        long size = starts[shardSizes.length];
        if (size == 0 || windowShards < 1) {
            throw new IllegalArgumentException(size + " samples, window " + windowShards);
        }
        this.windowPlaces = Math.max(1, size / shards.length * windowShards);
    }

    @Override
    public PassOrder.Visit at(long ordinal) {
        RandomStream draw = RandomStreamId.WITH_REPLACEMENT.stream(seed, dataset, ordinal);
        long window = ordinal / windowPlaces;
        int slot = draw.nextInt(windowShards);
        RandomStream choice = RandomStreamId.RESAMPLED_SHARDS.stream(seed, dataset, window, slot);
        int shard = shards[choice.nextInt(shards.length)];
        return new PassOrder.Visit(starts[shard] + draw.nextInt(shardSizes[shard]), ordinal);
    }
}
