package org.minigpt4j.prepare.dedupe;

import org.minigpt4j.prepare.dedupe.NearPairs.Member;
import org.minigpt4j.prepare.shard.PairRow;

import java.io.Serializable;

/**
 * What distinguishes a picture from others.
 *
 * @param list the list's place among the lists
 * @param phash its perceptual hash
 */
record Picture(int list, String key, String sha256, long phash) implements Serializable {

    static Picture of(int list, PairRow row) {
        return new Picture(list, row.key(), row.sha256(), row.perceptualHash());
    }

    Member member() {
        return new Member(list, key);
    }
}
