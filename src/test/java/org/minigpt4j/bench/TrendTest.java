package org.minigpt4j.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Random;
import java.util.stream.IntStream;

class TrendTest {

    private static final int STEPS = 4000;

    @Test
    void findsASlopeUnderNoiseAndPauses() {
        Random random = new Random(1);
        Trend trend =
                Trend.of(
                        steps(
                                i ->
                                        500
                                                + 0.01 * i
                                                + 5 * random.nextGaussian()
                                                + (random.nextInt(20) == 0 ? 1000 : 0)));
        assertEquals(0.01, trend.slope(), 0.001);
        assertFalse(trend.isFlat());
        assertEquals(0.08, trend.growth(STEPS), 0.01);
    }

    @Test
    void callsLevelNoiseFlatAboutNineteenTimesInTwenty() {
        int flat = 0;
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            flat += Trend.of(steps(i -> 500 + 5 * random.nextGaussian())).isFlat() ? 1 : 0;
        }
        assertTrue(flat >= 88, "only " + flat);
        assertTrue(flat < 100, "an interval that never misses says nothing");
    }

    @Test
    void aConstantIsFlat() {
        Trend trend = Trend.of(steps(i -> 7));
        assertEquals(new Trend(7, 7, 0, 0, 0), trend);
        assertTrue(trend.isFlat());
    }

    @Test
    void tooFewValuesHaveNoTrend() {
        assertThrows(IllegalArgumentException.class, () -> Trend.of(new double[39]));
    }

    private static double[] steps(java.util.function.IntToDoubleFunction value) {
        return IntStream.range(0, STEPS).mapToDouble(value).toArray();
    }
}
