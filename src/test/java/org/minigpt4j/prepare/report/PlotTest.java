package org.minigpt4j.prepare.report;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;

class PlotTest {

    @Test
    void aDrawingTakesItsColoursFromThePage() {
        Histogram.Quantity quantity = Histogram.Quantity.ASPECT;
        Long[] counts = new Long[quantity.bins()];
        Arrays.fill(counts, 3L);
        String svg = Plot.svg(new Histogram(quantity, List.of(counts), -1, 0, 1)).orElseThrow();
        assertTrue(svg.startsWith("<svg "), svg.substring(0, 60));
        assertTrue(svg.contains("var(--accent)") && svg.contains("var(--muted)"));
        assertFalse(svg.matches("(?s).*rgb\\([1-9].*"), "a stand-in colour is left");
        assertFalse(svg.matches("(?s).*(http://(?!www\\.w3\\.org)|<script|<!DOCTYPE).*"));
    }
}
