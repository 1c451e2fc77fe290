package org.minigpt4j.random;

/**
 * A random permutation of 0 to n - 1 that is computed, not stored: a Feistel network over the
 * smallest even number of bits that holds n, walked along its cycle until the value is below n
 * again (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002). The domain is less than
 * four times n, so a walk takes fewer than four steps on average.
 */
public final class Permutation {

    private static final int ROUNDS = 6;

    private final long size;
    private final int halfBits;
    private final long[] keys = new long[ROUNDS];

    /** The permutation of {@code size} numbers that {@code random} describes. */
    public Permutation(long size, RandomStream random) {
        if (size < 1) {
            throw new IllegalArgumentException("nothing to permute");
        }
        this.size = size;
        this.halfBits = Math.max(1, (64 - Long.numberOfLeadingZeros(size - 1) + 1) / 2);
        for (int i = 0; i < ROUNDS; i++) {
            keys[i] = random.nextLong();
        }
    }

    /** Where {@code index} goes. */
    public long apply(long index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException(index + " of " + size);
        }
        long value = index;
        do {
            value = encrypt(value);
        } while (value >= size);
        return value;
    }

    private long encrypt(long value) {
        long mask = (1L << halfBits) - 1;
        long left = value >>> halfBits;
        long right = value & mask;
        for (long key : keys) {
            long next = left ^ (RandomStream.hash(right + key) & mask);
            left = right;
            right = next;
        }
        return left << halfBits | right;
    }
}
