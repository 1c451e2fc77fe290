package org.minigpt4j.chat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Whoever is told to come back finds room. */
class ComeBackTest {

    private static final long SECOND = 1_000_000_000L;

    @Test
    void timesFollowEachOtherAsFastAsAnswersEnd() {
        ComeBack comeBack = new ComeBack();
        long now = System.nanoTime();
        assertEquals(1, comeBack.seconds(0, now));
        int last = 0;
        for (int i = 0; i < 100; i++) {
            last = comeBack.seconds(0, now);
        }
        assertEquals(11, last, "a tenth of a second each");
        // One answer a second: whoever comes now is told to wait longer.
        long later = now + 12 * SECOND;
        for (int i = 1; i < 20; i++) {
            comeBack.seconds(i, later + i * SECOND);
        }
        int first = comeBack.seconds(20, later + 20 * SECOND);
        int tenth = first;
        for (int i = 0; i < 10; i++) {
            tenth = comeBack.seconds(20, later + 20 * SECOND);
        }
        assertTrue(tenth - first >= 8, first + " to " + tenth);
    }

    @Test
    void nobodyIsToldToWaitLongerThanClientsDo() {
        ComeBack comeBack = new ComeBack();
        int last = 0;
        for (int i = 0; i < 10_000; i++) {
            last = comeBack.seconds(0);
        }
        assertEquals(60, last);
    }
}
