package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.Optional;

class PrepareSessionTest {

    private static final String PAGES = "spark.ui.enabled";

    @Test
    void onThisMachineSparksPagesStartWhenTheyAreAskedFor() {
        assertEquals("false", PrepareSession.settings(Optional.empty(), Map.of()).get(PAGES));
        assertEquals(
                "false", PrepareSession.settings(Optional.of("local[8]"), Map.of()).get(PAGES));
        assertEquals(
                "true",
                PrepareSession.settings(Optional.empty(), Map.of(PAGES, "true")).get(PAGES));
    }

    @Test
    void onAClusterTheyAreAsItsSettingsSay() {
        assertFalse(
                PrepareSession.settings(Optional.of("spark://host:7077"), Map.of())
                        .contains(PAGES));
    }
}
