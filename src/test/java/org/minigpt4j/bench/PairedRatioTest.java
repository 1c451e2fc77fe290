package org.minigpt4j.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

class PairedRatioTest {

    private static List<Double> around(double middle, double spread, int pairs, long seed) {
        Random random = new Random(seed);
        return Stream.generate(() -> middle + spread * random.nextGaussian()).limit(pairs).toList();
    }

    @Test
    void theIntervalHoldsTheTruthAboutAsOftenAsItSays() {
        int held = 0;
        for (int seed = 0; seed < 200; seed++) {
            PairedRatio ratio = PairedRatio.of(around(1.01, 0.05, 41, seed));
            held += ratio.low() <= 1.01 && 1.01 <= ratio.high() ? 1 : 0;
            assertTrue(ratio.low() <= ratio.median() && ratio.median() <= ratio.high());
        }
        assertTrue(held >= 180 && held < 200, held + " of 200");
    }

    @Test
    void morePairsSayMore() {
        PairedRatio few = PairedRatio.of(around(1, 0.05, 20, 1));
        PairedRatio many = PairedRatio.of(around(1, 0.05, 2000, 1));
        assertTrue(many.high() - many.low() < (few.high() - few.low()) / 4, few + " " + many);
        assertTrue(many.low() > 0.99 && many.high() < 1.01, many.toString());
    }

    @Test
    void onePairSaysItselfAndNoneNothing() {
        assertEquals(new PairedRatio(1.5, 1.5, 1.5, 1), PairedRatio.of(List.of(1.5)));
        assertThrows(IllegalArgumentException.class, () -> PairedRatio.of(List.of()));
    }
}
