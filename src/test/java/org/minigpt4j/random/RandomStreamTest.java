package org.minigpt4j.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Set;

class RandomStreamTest {

    private static final long FIRST = -2764609909349715960L;
    private static final long SECOND = 4100452572943864025L;

    @Test
    void theSameAddressGivesTheSameNumbersForEver() {
        // Frozen: a change here changes the order of every run ever checkpointed.
        RandomStream stream = RandomStream.of(42, 7, 0);
        assertEquals(FIRST, stream.nextLong());
        assertEquals(SECOND, stream.nextLong());
        assertEquals(FIRST, RandomStream.of(42, 7, 0).nextLong());
    }

    @Test
    void neighbouringAddressesShareNothing() {
        Set<Long> firsts = new HashSet<>();
        for (long seed = 0; seed < 10; seed++) {
            for (long a = -5; a < 5; a++) {
                for (long b = 0; b < 100; b++) {
                    firsts.add(RandomStream.of(seed, a, b).nextLong());
                }
            }
        }
        assertEquals(10_000, firsts.size());
        assertNotEquals(RandomStream.of(1, 2, 3).nextLong(), RandomStream.of(1, 3, 2).nextLong());
        assertNotEquals(RandomStream.of(1).nextLong(), RandomStream.of(1, 0).nextLong());
    }

    @Test
    void boundedNumbersFillTheirRangeEvenly() {
        RandomStream stream = RandomStream.of(1, 1);
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++) {
            counts[stream.nextInt(7)]++;
        }
        for (int count : counts) {
            assertEquals(10_000, count, 500);
        }
        for (int i = 0; i < 1000; i++) {
            double value = stream.nextDouble(-2, 3);
            assertTrue(value >= -2 && value < 3);
            long large = stream.nextLong(Long.MAX_VALUE);
            assertTrue(large >= 0 && large < Long.MAX_VALUE);
        }
    }

    @Test
    void firstNumbersOfConsecutiveAddressesAreEven() {
        int[] counts = new int[10];
        for (int i = 0; i < 100_000; i++) {
            counts[RandomStream.of(3, i).nextInt(10)]++;
        }
        for (int count : counts) {
            assertEquals(10_000, count, 500);
        }
    }

    @Test
    void aBoundMustBePositive() {
        assertThrows(IllegalArgumentException.class, () -> RandomStream.of(1).nextInt(0));
    }
}
