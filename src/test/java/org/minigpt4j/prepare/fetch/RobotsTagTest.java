package org.minigpt4j.prepare.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Set;

class RobotsTagTest {

    private static final Set<String> DISALLOWED = Set.of("noai", "noindex");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "noai | true",
                "all | false",
                "noai, max-image-preview:large | true",
                "max-image-preview:large, noindex | true",
                "noindex, unavailable_after: 25 Jun 2030 15:00:00 PST | true",
                "unavailable_after: Sunday, 25-Jun-2030 15:00:00 PST, NoAI | true",
                "unavailable_after: Sunday, 25-Jun-2030 15:00:00 PST | false",
                "otherbot: noai, max-snippet:5, noindex | false",
                "minigpt: max-snippet:5, noindex | true",
                "MiniGPT4j: noai | true",
                "otherbot: noindex, minigpt: noai | true",
                "minigpt: nofollow, otherbot: noai | false",
                "max-snippet: 5 | false"
            })
    void aValueOfOneDirectiveDoesNotHideTheOthers(String value, boolean forbids) {
        assertEquals(forbids, Robots.forbids(List.of(value), "minigpt", DISALLOWED));
    }
}
