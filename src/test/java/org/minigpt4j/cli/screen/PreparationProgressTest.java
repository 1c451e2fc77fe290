package org.minigpt4j.cli.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.prepare.PrepareSummary;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;

class PreparationProgressTest {

    private static String told(PrepareSummary summary) {
        StringWriter text = new StringWriter();
        try (var progress = new PreparationProgress(new PrintWriter(text))) {
            progress.done(summary);
        }
        return text.toString();
    }

    private static PrepareSummary summary(long wanted, Map<String, Long> byCause) {
        long samples = byCause.getOrDefault("success", 0L);
        return new PrepareSummary(
                List.of(
                        new PrepareSummary.Part(
                                "web", "/out/web", 1, samples, wanted, 9000, byCause)));
    }

    @Test
    void nothingOfAllIsAFailureThatNamesTheKeys() {
        PrepareSummary nothing =
                summary(Long.MAX_VALUE, Map.of("refused_address", 200L, "connect", 100L));
        assertTrue(nothing.fellShort());
        String text = told(nothing);
        assertTrue(text.contains("only 0 of 300 pairs"), text);
        assertTrue(text.contains("fetch.allow_private"), text);
        assertTrue(text.contains("prepare.retry_failed=true"), text);
        assertTrue(text.indexOf("refused_address") < text.indexOf("connect ("), text);
    }

    @Test
    void aFewOfTheManyAreAFailureToo() {
        assertTrue(summary(Long.MAX_VALUE, Map.of("success", 9L, "dns", 91L)).fellShort());
        assertFalse(summary(Long.MAX_VALUE, Map.of("success", 10L, "dns", 90L)).fellShort());
        assertTrue(summary(20, Map.of("success", 10L, "dns", 1L)).fellShort());
    }

    @Test
    void filtersAreToldByTheirKeys() {
        String text = told(summary(5, Map.of("success", 5L, "caption shorter than 3 words", 7L)));
        assertTrue(text.contains("(filter.min_words sets this limit)"), text);
        assertEquals(-1, text.indexOf("only"), text);
    }

    @Test
    void aPhaseIsToldWhenItBegins() {
        StringWriter text = new StringWriter();
        try (var progress = new PreparationProgress(new PrintWriter(text))) {
            progress.phase("drawing 300 pairs");
        }
        assertEquals("drawing 300 pairs ..." + System.lineSeparator(), text.toString());
    }
}
