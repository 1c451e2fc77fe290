package org.minigpt4j.data.order;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.config.Sampling;
import org.minigpt4j.random.Permutation;
import org.minigpt4j.random.RandomStream;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

class SampleOrderTest {

    @Test
    void aPermutationTakesEveryValueOnce() {
        for (long size : new long[] {1, 2, 3, 4, 5, 16, 17, 100, 1023, 1025}) {
            Permutation permutation = new Permutation(size, RandomStream.of(1, size));
            Set<Long> values = new HashSet<>();
            for (long i = 0; i < size; i++) {
                long value = permutation.apply(i);
                assertTrue(value >= 0 && value < size);
                assertTrue(values.add(value), size + " repeats " + value);
            }
        }
        Permutation five = new Permutation(5, RandomStream.of(1));
        assertThrows(IndexOutOfBoundsException.class, () -> five.apply(5));
        long large = 5_000_000_000L;
        assertTrue(new Permutation(large, RandomStream.of(2)).apply(large - 1) < large);
    }

    @Test
    void permutationsOfFourAreAllAboutEquallyLikely() {
        int[] seen = new int[256];
        int draws = 24_000;
        for (int i = 0; i < draws; i++) {
            Permutation permutation = new Permutation(4, RandomStream.of(9, i));
            int code = 0;
            for (int j = 0; j < 4; j++) {
                code = code * 4 + (int) permutation.apply(j);
            }
            seen[code]++;
        }
        int[] counts = Arrays.stream(seen).filter(count -> count > 0).toArray();
        assertEquals(24, counts.length);
        for (int count : counts) {
            assertEquals(draws / 24.0, count, draws / 24.0 * 0.35);
        }
    }

    @Test
    void everyBlockOfTheMixtureHoldsTheRatiosExactly() {
        Mixture mixture = new Mixture(42, 115, 14);
        assertArrayEquals(new int[] {115, 14}, mixture.quota());
        long[] before = new long[2];
        for (long position = 0; position < 129 * 20; position++) {
            Mixture.Place place = mixture.at(position);
            assertEquals(before[place.dataset()]++, place.ordinal(), "at " + position);
        }
        assertArrayEquals(new long[] {115 * 20, 14 * 20}, before);
    }

    @Test
    void theMixtureKnowsHowManyWereBeforeAnyPosition() {
        Mixture forward = new Mixture(7, 0.3, 0.5, 0.2);
        List<Mixture.Place> places = new ArrayList<>();
        for (long position = 0; position < 1000; position++) {
            places.add(forward.at(position));
        }
        for (int position = 999; position >= 0; position--) {
            assertEquals(places.get(position), new Mixture(7, 0.3, 0.5, 0.2).at(position));
        }
        assertEquals(5_000_000L / 10 * 3, new Mixture(7, 3, 5, 2).at(firstOf(forward)).ordinal());
    }

    /** The first position from five million on that is the first data set's. */
    private static long firstOf(Mixture mixture) {
        long position = 5_000_000;
        while (mixture.at(position).dataset() != 0) {
            position++;
        }
        return position;
    }

    @Test
    void ratiosWithoutASmallBlockAreMetWithinItsSize() {
        int[] quota = new Mixture(1, Math.PI, 1, 1e-6).quota();
        double sum = Arrays.stream(quota).sum();
        assertEquals(Math.PI / (Math.PI + 1), quota[0] / sum, 1e-3);
        assertEquals(1, quota[2], "even the rarest is drawn");
        assertArrayEquals(new int[] {1}, new Mixture(1, 0.7).quota());
        assertArrayEquals(new int[] {1, 1}, new Mixture(1, 1, 1).quota());
        assertThrows(IllegalArgumentException.class, () -> new Mixture(1, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Mixture(1, 1, Double.NaN));
    }

    @Test
    void everySampleComesOnceAPassAndPassesDiffer() {
        PassOrder order = new PassOrder(42, 0, new int[] {10, 0, 7, 25, 1, 0, 13}, 2);
        assertEquals(56, order.size());
        List<List<Long>> passes = new ArrayList<>();
        for (int pass = 0; pass < 4; pass++) {
            List<Long> samples = new ArrayList<>();
            for (int i = 0; i < 56; i++) {
                PassOrder.Visit visit = order.at(pass * 56L + i);
                assertEquals(pass, visit.pass());
                samples.add(visit.sample());
            }
            assertEquals(56, new HashSet<>(samples).size());
            passes.add(samples);
        }
        assertEquals(4, new HashSet<>(passes).size());
    }

    @Test
    void onlyAWindowsShardsAreReadAtATime() {
        int[] sizes = new int[40];
        Arrays.fill(sizes, 50);
        PassOrder order = new PassOrder(3, 0, sizes, 4);
        for (int window = 0; window < 10; window++) {
            Set<Long> shards = new HashSet<>();
            for (int i = 0; i < 200; i++) {
                shards.add(order.at(window * 200 + i).sample() / 50);
            }
            assertEquals(4, shards.size());
        }
    }

    @Test
    void samplesAreMixedAcrossTheShardsOfAWindow() {
        int[] sizes = new int[64];
        Arrays.fill(sizes, 500);
        PassOrder order = new PassOrder(3, 0, sizes, 16);
        int sameShard = 0;
        int n = (int) order.size();
        for (int i = 1; i < n; i++) {
            sameShard += order.at(i).sample() / 500 == order.at(i - 1).sample() / 500 ? 1 : 0;
        }
        // Of 16 shards mixed, a sixteenth of neighbours is from one shard.
        assertEquals(1.0 / 16, (double) sameShard / n, 0.01);
    }

    /** The measure that docs/data.md states: 500 shards of 1,000 samples, windows of 16. */
    @Test
    void neighboursAreMixedAndFarApart() {
        int[] sizes = new int[500];
        Arrays.fill(sizes, 1000);
        PassOrder order = new PassOrder(3, 0, sizes, 16);
        long sameShard = 0;
        double distance = 0;
        int n = 400_000;
        for (int i = 1; i <= n; i++) {
            long a = order.at(i - 1).sample();
            long b = order.at(i).sample();
            sameShard += a / 1000 == b / 1000 ? 1 : 0;
            distance += Math.abs(a - b);
        }
        double share = (double) sameShard / n;
        double mean = distance / n / order.size();
        System.out.printf(
                Locale.ROOT, "same shard %.2f %%, mean distance %.3f%n", 100 * share, mean);
        assertEquals(1.0 / 16, share, 0.002, "neighbours of one shard");
        // A whole shuffle of the data set has 1/3; a sixteenth of neighbours is near.
        assertEquals(1.0 / 3 * 15 / 16, mean, 0.03, "distance of neighbours in the storage");
    }

    @Test
    void aFarPositionCostsWhatTheFirstCosts() {
        int[] sizes = new int[2000];
        Arrays.fill(sizes, 10_000);
        long[] best = {Long.MAX_VALUE, Long.MAX_VALUE};
        for (int round = 0; round < 40; round++) {
            for (int where = 0; where < 2; where++) {
                long start = System.nanoTime();
                SampleOrder order =
                        new SampleOrder(round, 64, 16, List.of(new SampleOrder.Part(1, sizes)));
                for (int i = 0; i < 20; i++) {
                    order.at(where * 5_000_000L + i);
                }
                best[where] = Math.min(best[where], System.nanoTime() - start);
            }
        }
        // 20 % is the aim; the rest is for machines that do other things meanwhile.
        assertTrue(best[1] < best[0] * 1.5, best[1] + " ns against " + best[0]);
    }

    @Test
    void upstreamsSamplingDrawsShardsUniformlyWithReplacement() {
        int[] sizes = {100, 0, 50, 25, 200};
        SampleOrder order =
                new SampleOrder(
                        5, 4, 2, List.of(new SampleOrder.Part(1, sizes)), Sampling.UPSTREAM, 1);
        int[] seen = new int[375];
        int n = 40_000;
        for (long position = 0; position < n; position++) {
            order.at(position).visits().forEach(visit -> seen[(int) visit.sample()]++);
        }
        // Every shard a quarter of the time, whatever its size.
        assertEquals(0.25, Arrays.stream(seen, 0, 100).sum() / (4.0 * n), 0.02);
        assertEquals(0.25, Arrays.stream(seen, 100, 150).sum() / (4.0 * n), 0.02);
        assertEquals(0.25, Arrays.stream(seen, 150, 175).sum() / (4.0 * n), 0.02);
        assertEquals(0.25, Arrays.stream(seen, 175, 375).sum() / (4.0 * n), 0.02);
        Set<Long> few = new HashSet<>();
        for (long position = 0; position < 20; position++) {
            order.at(position).visits().forEach(visit -> few.add(visit.sample()));
        }
        assertTrue(few.size() < 80, "some came twice, " + few.size() + " of 80 are different");
    }

    @Test
    void theOrderIsAFunctionOfSeedMixtureAndPositionAlone() {
        SampleOrder straight = order(42, 3);
        List<SampleOrder.Draw> draws = new ArrayList<>();
        for (long position = 0; position < 500; position++) {
            draws.add(straight.at(position));
        }
        for (int position : new int[] {499, 0, 250, 129, 128, 3}) {
            assertEquals(draws.get(position), order(42, 3).at(position));
            assertEquals(draws.get(position), straight.at(position));
            assertNotEquals(draws.get(position).visits(), order(43, 3).at(position).visits());
        }
        // Frozen: a change here changes the order of every run ever checkpointed.
        assertEquals(
                new SampleOrder.Draw(
                        1000,
                        0,
                        List.of(
                                new PassOrder.Visit(287, 4),
                                new PassOrder.Visit(351, 4),
                                new PassOrder.Visit(381, 4))),
                order(42, 3).at(1000));
    }

    @Test
    void aMicroBatchTakesTheNextSamplesOfItsDataSet() {
        SampleOrder order = order(1, 3);
        PassOrder second = new PassOrder(1, 1, new int[] {11, 12}, 2);
        long next = 0;
        for (long position = 0; position < 300; position++) {
            SampleOrder.Draw draw = order.at(position);
            if (draw.dataset() == 1) {
                for (PassOrder.Visit visit : draw.visits()) {
                    assertEquals(second.at(next++), visit);
                }
            }
        }
        assertTrue(next > 23 * 3, "several passes were seen");
    }

    private static SampleOrder order(long seed, int batchSize) {
        return new SampleOrder(
                seed,
                batchSize,
                2,
                List.of(
                        new SampleOrder.Part(115, new int[] {100, 90, 80, 70, 60}),
                        new SampleOrder.Part(70, new int[] {11, 12})));
    }
}
