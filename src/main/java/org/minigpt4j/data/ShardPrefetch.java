package org.minigpt4j.data;

import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.data.order.SampleOrder;

import java.util.function.LongFunction;

/**
 * Fetches the shards of what comes much later; only a little ahead of the workers it would be too
 * late.
 */
final class ShardPrefetch {

    /** Micro-batches between the fetching of a remote shard and the making of its samples. */
    private static final int AHEAD = 256;

    private final DataSets dataSets;
    private final LongFunction<SampleOrder.Draw> order;
    private final RankShare share;
    private final long start;
    private long prefetched;

    /** For micro-batches from position {@code start} on; {@code order} may be the coarse one. */
    ShardPrefetch(
            DataSets dataSets, LongFunction<SampleOrder.Draw> order, RankShare share, long start) {
        this.dataSets = dataSets;
        this.order = order;
        this.share = share;
        this.start = start;
    }

    /** To be called when {@code started} micro-batches were begun. */
    void follow(long started) {
        if (!dataSets.areRemote()) {
            return;
        }
        for (; prefetched < started + AHEAD; prefetched++) {
            SampleOrder.Draw draw = order.apply(share.position(start, prefetched));
            var samples = dataSets.get(draw.dataset()).samples();
            draw.visits().forEach(visit -> samples.prefetch(visit.sample()));
        }
    }
}
