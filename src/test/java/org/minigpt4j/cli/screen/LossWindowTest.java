package org.minigpt4j.cli.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.IntStream;

class LossWindowTest {

    private static String said(int steps) {
        List<Double> falling = IntStream.range(0, steps).mapToObj(step -> 9 - 0.1 * step).toList();
        return LossWindow.of(falling).sentence();
    }

    @Test
    void eitherEndIsOfStepsOfItsOwn() {
        assertEquals("Nothing was left to train.", said(0));
        assertEquals("Loss 9.000 in one step.", said(1));
        assertEquals("Loss 9.000 at the start, 8.900 at the end.", said(2));
        assertEquals("Loss 9.000 at the start, 8.800 at the end.", said(3));
        assertEquals("Loss 8.800 at the start, 8.300 at the end.", said(10));
        assertEquals("Loss 8.550 at the start, 7.550 at the end.", said(20));
        assertEquals("Loss 8.550 at the start, -0.450 at the end.", said(100));
    }
}
