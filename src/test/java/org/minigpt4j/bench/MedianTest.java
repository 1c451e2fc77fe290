package org.minigpt4j.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.List;

class MedianTest {

    @Test
    void isTheValueInTheMiddleOrTheMeanOfTwo() {
        double[] values = {9, 1, 5};
        assertEquals(5, Median.of(values));
        assertArrayEquals(new double[] {9, 1, 5}, values, "the caller's order");
        assertEquals(3, Median.of(List.of(9.0, 1.0, 5.0, 1.0)));
        assertEquals(7, Median.of(List.of(7.0)));
    }
}
