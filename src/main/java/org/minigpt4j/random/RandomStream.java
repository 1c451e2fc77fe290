package org.minigpt4j.random;

/**
 * A stream of random numbers that is addressed, not advanced: {@code RandomStream.of(seed, a, b)}
 * is the same stream wherever and whenever it is asked for, so a sample's crop or a micro-batch's
 * prompt depends on its place in training and on nothing that happened before.
 *
 * <p>The generator is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", 2014): a counter in steps of an odd constant, hashed by Stafford's mix 13. Each
 * coordinate is folded into the starting counter by the same hash, so streams with different
 * coordinates start at unrelated places.
 */
public final class RandomStream {

    private static final long STEP = 0x9E3779B97F4A7C15L;
    private static final long FACTOR = 0xD1342543DE82EF95L;

    private long counter;

    private RandomStream(long counter) {
        this.counter = counter;
    }

    /** The stream at {@code coordinates} under {@code seed}; the order of coordinates matters. */
    public static RandomStream of(long seed, long... coordinates) {
        long state = hash(seed + STEP);
        for (long coordinate : coordinates) {
            // The factor keeps seed and coordinates from changing places.
            state = hash(state * FACTOR + hash(coordinate + STEP));
        }
        return new RandomStream(state);
    }

    /**
     * Stafford's mix 13: a bijection of 64 bits in which each input bit reaches each output bit.
     */
    static long hash(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** The next 64 bits. */
    public long nextLong() {
        counter += STEP;
        return hash(counter);
    }

    /** The next number in [0, 1), 53 bits of it. */
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }

    /** The next number in [low, high). */
    public double nextDouble(double low, double high) {
        return low + (high - low) * nextDouble();
    }

    /** The next number in [0, bound); biased by less than bound / 2^64. */
    public long nextLong(long bound) {
        if (bound <= 0) {
            throw new IllegalArgumentException("bound must be positive, was " + bound);
        }
        // The high half of bits * bound, bits taken as unsigned (Lemire, 2019).
        long bits = nextLong();
        return Math.multiplyHigh(bits, bound) + ((bits >> 63) & bound);
    }

    /** The next number in [0, bound). */
    public int nextInt(int bound) {
        return (int) nextLong(bound);
    }
}
