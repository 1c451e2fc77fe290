package org.minigpt4j.prepare.plan;

import java.util.Locale;

/**
 * How shards and pairs are named, as img2dataset does: a shard by five digits, a pair by its
 * shard's and as many more as tell apart the pairs of one shard.
 */
public record SampleKeys(int samplesPerShard) {

    /** {@code 00012}. */
    public static String shard(int shard) {
        return String.format(Locale.ROOT, "%05d", shard);
    }

    /** {@code 000120034} with 10,000 pairs a shard. */
    public String key(int shard, int index) {
        int digits = Math.max(1, Integer.toString(samplesPerShard - 1).length());
        return String.format(Locale.ROOT, "%05d%0" + digits + "d", shard, index);
    }
}
