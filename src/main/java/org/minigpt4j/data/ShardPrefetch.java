package org.minigpt4j.data;

import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.data.order.SampleOrder;

import java.util.function.LongFunction;

/**
 * Fetches remote shards long before their samples are needed. If fetching started only when the
 * workers need a shard, they would wait for it.
 */
final class ShardPrefetch {

    /** How many micro-batches before its first use a remote shard is fetched. */
    private static final int AHEAD = 256;

    private final DataSets dataSets;
    private final LongFunction<SampleOrder.Draw> order;
    private final RankShare share;
    private final long start;
    private long prefetched;

    /** Starts at micro-batch {@code start}. {@code order} may ignore the sort by length. */
    ShardPrefetch(
            DataSets dataSets, LongFunction<SampleOrder.Draw> order, RankShare share, long start) {
        this.dataSets = dataSets;
        this.order = order;
        this.share = share;
        this.start = start;
    }

    /** Call it after {@code started} micro-batches were begun. */
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
