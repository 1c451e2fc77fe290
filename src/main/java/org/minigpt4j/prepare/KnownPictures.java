package org.minigpt4j.prepare;

import org.minigpt4j.config.Dedupe;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The pictures that finished shards hold, eight bytes for each: the first eight of its SHA-256, or
 * its perceptual hash. Among five million pictures the chance that two different ones share eight
 * bytes of SHA-256 is about one in a million.
 */
record KnownPictures(long[] sorted) implements Serializable {

    static final KnownPictures NONE = new KnownPictures(new long[0]);

    /** Keeps the marks of finished shards; sorts them. */
    KnownPictures {
        Arrays.sort(sorted);
    }

    boolean contains(long mark) {
        return Arrays.binarySearch(sorted, mark) >= 0;
    }

    /** What a picture is told apart by. */
    static List<Long> marks(PairRow row, Dedupe dedupe) {
        List<Long> marks = new ArrayList<>(2);
        if (dedupe != Dedupe.URL) {
            marks.add(Long.parseUnsignedLong(row.sha256(), 0, 16, 16));
        }
        if (dedupe == Dedupe.PERCEPTUAL) {
            marks.add(row.perceptualHash());
        }
        return marks;
    }
}
