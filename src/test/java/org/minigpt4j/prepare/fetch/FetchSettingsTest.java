package org.minigpt4j.prepare.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minigpt4j.UsageException;

import java.util.List;
import java.util.Set;

class FetchSettingsTest {

    @Test
    void settingsThatMakeNoSenseAreAUsersMistake() {
        FetchSettings settings = FetchSettings.defaults();
        UsageException name =
                assertThrows(UsageException.class, () -> settings.allowing(Set.of("localhost:80")));
        assertEquals(
                "fetch.allow_private: localhost:80 is not an address such as 127.0.0.1,"
                        + " 127.0.0.1:8080 or [::1]:8080",
                name.getMessage());
        assertThrows(UsageException.class, () -> new FetchSettings.Manners("4bot", true, Set.of()));
    }

    @ParameterizedTest
    @CsvSource({
        "noai, true",
        "'NoIndex, follow', true",
        "all, false",
        "'otherbot: noai', false",
        "'minigpt: noai', true",
        "'minigpt4j: noai', true",
        "'unavailable_after: 25 Jun 2030 15:00:00 PST', false"
    })
    void readsXRobotsTagAsImg2datasetDoes(String value, boolean forbidden) {
        Set<String> disallowed = FetchSettings.Manners.defaults().disallowed();
        assertEquals(forbidden, Robots.forbids(List.of(value), "minigpt", disallowed));
    }
}
