package org.minigpt4j.random;

/** The first coordinate of each random stream of the order; the names keep the streams apart. */
public enum RandomStreamId {
    DATASETS,
    SHARDS,
    SAMPLES,
    PROMPT,
    CROP,
    REPLACEMENT,
    WITH_REPLACEMENT,
    RESAMPLED_SHARDS,
    LENGTHS,
    DROPOUT;

    public RandomStream stream(long seed, long... coordinates) {
        long[] all = new long[coordinates.length + 1];
        all[0] = ordinal();
        System.arraycopy(coordinates, 0, all, 1, coordinates.length);
        return RandomStream.of(seed, all);
    }
}
