package org.minigpt4j.prepare.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class WordsTest {

    @Test
    void numbersComeWithTheirUnits() {
        assertEquals("1,234,567", Words.count(1_234_567));
        assertEquals("0 B", Words.bytes(0));
        assertEquals("999 B", Words.bytes(999));
        assertEquals("1.0 kB", Words.bytes(999.6));
        assertEquals("104 GB", Words.bytes(104.4e9));
        assertEquals("2.3 TB", Words.bytes(2.3e12));
        assertEquals("4.5 s", Words.duration(Duration.ofMillis(4_500)));
        assertEquals("3 min 4 s", Words.duration(Duration.ofSeconds(184)));
        assertEquals("2 h 3 min", Words.duration(Duration.ofMinutes(123)));
        assertEquals("2 d 3 h", Words.duration(Duration.ofHours(51)));
    }

    @Test
    void aShareIsNeverRoundedToNothingOrToAll() {
        assertEquals("0 %", Words.share(0, 10));
        assertEquals("0 %", Words.share(0, 0));
        assertEquals("< 0.1 %", Words.share(1, 1_000_000));
        assertEquals("33.3 %", Words.share(1, 3));
        assertEquals("> 99.9 %", Words.share(999_999, 1_000_000));
        assertEquals("100.0 %", Words.share(7, 7));
    }

    @Test
    void ratiosAreWrittenWithTheSmallerSideAsOne() {
        assertEquals("1 : 1", Words.ratio(0));
        assertEquals("4 : 1", Words.ratio(2));
        assertEquals("1 : 1.50", Words.ratio(-Math.log(1.5) / Math.log(2)));
    }
}
