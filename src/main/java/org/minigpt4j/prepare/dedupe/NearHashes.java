package org.minigpt4j.prepare.dedupe;

import java.util.Arrays;

/**
 * 64-bit hashes, and whether there is one that differs from another in few bits.
 *
 * <p>A hash is cut into one band more than bits may differ. Two hashes within that distance then
 * have a band in which they are equal, so only those that share a band are compared bit by bit
 * (Norouzi, Punjani and Fleet, "Fast search in Hamming space with multi-index hashing", 2012, for
 * radius 0 in each band). Among five million hashes and with distance 3 that is some 300
 * comparisons a search. 8 bytes a hash and 4 a band.
 */
final class NearHashes {

    private static final int BUCKET_BITS = 16;

    private final int distance;
    private final int bands;

    /** By band and bucket the hash put there last, counted from 1; 0 for none. */
    private final int[][] heads;

    /** By band and hash the one put into the same bucket before it. */
    private final int[][] before;

    private long[] hashes;
    private int size;

    /** Makes room for so many; it grows. */
    NearHashes(int distance, int expected) {
        this.distance = distance;
        this.bands = bands(distance);
        heads = new int[bands][1 << BUCKET_BITS];
        before = new int[bands][Math.max(16, expected)];
        hashes = new long[Math.max(16, expected)];
    }

    /** How many bands a distance takes. */
    static int bands(int distance) {
        return distance + 1;
    }

    /** The first bit of a band; that of the band after the last is 64. */
    static int firstBit(int band, int bands) {
        return Long.SIZE * band / bands;
    }

    /** A band's bits of a hash. */
    static long band(long hash, int band, int bands) {
        int first = firstBit(band, bands);
        int width = firstBit(band + 1, bands) - first;
        return hash >>> first & -1L >>> Long.SIZE - width;
    }

    /** Whether a hash lies within the distance of one that was added. */
    boolean contains(long hash) {
        for (int band = 0; band < bands; band++) {
            for (int at = heads[band][bucket(hash, band)]; at != 0; at = before[band][at - 1]) {
                if (Long.bitCount(hash ^ hashes[at - 1]) <= distance) {
                    return true;
                }
            }
        }
        return false;
    }

    void add(long hash) {
        if (size == hashes.length) {
            int larger = 2 * size;
            hashes = Arrays.copyOf(hashes, larger);
            for (int band = 0; band < bands; band++) {
                before[band] = Arrays.copyOf(before[band], larger);
            }
        }
        hashes[size++] = hash;
        for (int band = 0; band < bands; band++) {
            int bucket = bucket(hash, band);
            before[band][size - 1] = heads[band][bucket];
            heads[band][bucket] = size;
        }
    }

    /** Equal bands share a bucket; others may, too. */
    private int bucket(long hash, int band) {
        long mixed = band(hash, band, bands) * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> Long.SIZE - BUCKET_BITS);
    }
}
