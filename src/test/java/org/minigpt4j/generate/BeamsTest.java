package org.minigpt4j.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

/** The rules of beam search that a real model seldom shows, on probabilities written by hand. */
class BeamsTest {

    private static final int BOS = 0;
    private static final int EOS = 1;

    private static float[] logs(double... probabilities) {
        float[] logs = new float[probabilities.length];
        for (int i = 0; i < logs.length; i++) {
            logs[i] = (float) Math.log(probabilities[i]);
        }
        return logs;
    }

    private static Beams beams(GenerationSettings.Builder settings) {
        return new Beams(settings.optNumBeams(2).build(), BOS, EOS, Optional.empty());
    }

    private static boolean advance(Beams beams, float[] first, float[] second) {
        return beams.advance(new float[][] {first, second}, (ids, scores) -> {});
    }

    @Test
    void theFirstStepCountsOneBeamAndTheBestTokensBecomeBeams() {
        Beams beams = beams(GenerationSettings.builder());
        float[] same = logs(0.1, 0.1, 0.5, 0.3);
        assertTrue(advance(beams, same.clone(), same.clone()));
        assertArrayEquals(new int[] {0, 0}, beams.parents());
        assertArrayEquals(new int[] {2, 3}, beams.tokens());
        // 0.5 * 0.2 is less than 0.3 * 0.9 and 0.5 * 0.7.
        assertTrue(advance(beams, logs(0.7, 0.05, 0.2, 0.05), logs(0.02, 0.03, 0.05, 0.9)));
        assertArrayEquals(new int[] {0, 1}, beams.parents());
        assertArrayEquals(new int[] {0, 3}, beams.tokens());
    }

    @Test
    void anEndCountsOnlyAmongTheBestOneABeam() {
        // A penalty that makes longer sequences hopeless: it is over once two ends are kept.
        Beams beams = beams(GenerationSettings.builder().optLengthPenalty(-5));
        float[] start = logs(0.04, 0.06, 0.5, 0.4);
        assertTrue(advance(beams, start.clone(), start.clone()));
        // Ranked: 0.25 an end, 0.225 a token, 0.2 the other end, 0.12 a token.
        float[] first = logs(0.03, 0.5, 0.45, 0.02);
        float[] second = logs(0.1, 0.5, 0.1, 0.3);
        assertTrue(advance(beams, first, second), "the third must not be kept");
        assertArrayEquals(new int[] {0, 1}, beams.parents());
        assertArrayEquals(new int[] {2, 3}, beams.tokens());
        assertFalse(advance(beams, logs(0.1, 0.8, 0.05, 0.05), logs(0.1, 0.1, 0.4, 0.4)));
        assertArrayEquals(new int[] {BOS, 2, EOS}, beams.best().ids());
        assertEquals(Math.log(0.25) * 32, beams.best().score(), 1e-4);
    }

    @Test
    void itIsOverWhenNothingThatGoesOnCanBeBetterAtItsLength() {
        // Both ends of length 2 are there in the second step, the worse of ln 0.36. The best of all
        // candidates, ln 0.45, counts as what goes on, with a length of 3:
        // ln 0.36 / 2 = -0.511 and ln 0.45 / 3 = -0.266, but ln 0.36 = -1.022 and ln 0.45 = -0.799.
        float[] start = logs(0.04, 0.06, 0.5, 0.4);
        float[] ending = logs(0.04, 0.9, 0.03, 0.03);
        double equal = Math.log(Math.log(0.36) / Math.log(0.45)) / Math.log(2.0 / 3);
        for (double penalty : new double[] {equal - 0.05, equal + 0.05}) {
            Beams beams = beams(GenerationSettings.builder().optLengthPenalty(penalty));
            assertTrue(advance(beams, start.clone(), start.clone()));
            boolean goesOn = advance(beams, ending.clone(), ending.clone());
            assertEquals(penalty > equal, goesOn, "length penalty " + penalty);
        }
    }

    @Test
    void lengthOfWhatGoesOnIsOneMoreThanThatOfTheEnds() {
        BeamHypotheses hypotheses = new BeamHypotheses(2, 1);
        hypotheses.add(new int[4], -2);
        assertFalse(hypotheses.isDone(-100, 5), "one of two is there");
        hypotheses.add(new int[4], -4);
        assertTrue(hypotheses.isDone(-5, 5), "-4 / 4 is as good as -5 / 5");
        assertFalse(hypotheses.isDone(-4.9, 5));
        hypotheses.add(new int[5], -4.5);
        assertTrue(hypotheses.isDone(-4.9, 5), "-0.9 took the place of -1");
        assertFalse(hypotheses.isDone(-4.4, 5));
        hypotheses.add(new int[1], -9);
        assertEquals(-0.5, hypotheses.best().score());
    }

    @Test
    void ofEqualSequencesTheLastIsTheBest() {
        BeamHypotheses hypotheses = new BeamHypotheses(3, 0);
        hypotheses.add(new int[] {0, 2}, -1);
        hypotheses.add(new int[] {0, 3}, -1);
        hypotheses.add(new int[] {0, 2, 3}, -2);
        assertArrayEquals(new int[] {0, 3}, hypotheses.best().ids());
        hypotheses.add(new int[] {0, 4}, -2);
        hypotheses.add(new int[] {0, 5}, -1);
        assertArrayEquals(new int[] {0, 5}, hypotheses.best().ids());
    }

    @Test
    void aStopSequenceOfTheFirstBeamEndsItAndOfAnotherDoesNot() {
        var settings = GenerationSettings.builder().optStopSequences(List.of(new int[] {3}));
        Beams beams = beams(settings);
        float[] second = logs(0.1, 0.1, 0.5, 0.3);
        assertTrue(advance(beams, second.clone(), second.clone()), "3 is the second beam");
        float[] first = logs(0.05, 0.05, 0.1, 0.8);
        assertFalse(advance(beams, first.clone(), logs(0.25, 0.25, 0.25, 0.25)));
        int[] ids = beams.best().ids();
        assertArrayEquals(new int[] {BOS, 2, 3, EOS}, ids, "an end token is put behind it");
    }
}
