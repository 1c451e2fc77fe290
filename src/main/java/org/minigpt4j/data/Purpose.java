package org.minigpt4j.data;

/** The first coordinate of each random stream of the order; the names keep the streams apart. */
enum Purpose {
    DATASETS,
    SHARDS,
    SAMPLES,
    PROMPT,
    CROP,
    REPLACEMENT,
    WITH_REPLACEMENT,
    RESAMPLED_SHARDS,
    LENGTHS;

    RandomStream stream(long seed, long... coordinates) {
        long[] all = new long[coordinates.length + 1];
        all[0] = ordinal();
        System.arraycopy(coordinates, 0, all, 1, coordinates.length);
        return RandomStream.of(seed, all);
    }
}
