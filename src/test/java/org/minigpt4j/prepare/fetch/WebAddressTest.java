package org.minigpt4j.prepare.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minigpt4j.UsageException;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

class WebAddressTest {

    @ParameterizedTest
    @CsvSource({
        "http://a.test/b c.jpg, http://a.test/b%20c.jpg",
        "http://a.test/100%.jpg, http://a.test/100%25.jpg",
        "http://a.test/%41.jpg?x=|, http://a.test/%41.jpg?x=%7C",
        "http://a.test/é.jpg, http://a.test/%C3%A9.jpg",
        "http://bücher.test/a[1].jpg, http://xn--bcher-kva.test/a%5B1%5D.jpg",
        "http://[::1]:80/a, http://[::1]:80/a",
        "' http://a.test/ ', http://a.test/",
        "/b c, /b%20c"
    })
    void escapesWhatListsLeaveUnescaped(String text, String expected) {
        assertEquals(Optional.of(URI.create(expected)), WebAddress.parse(text));
    }

    @Test
    void splitsNamesThatAreNoProperHostNames() throws FetchException {
        WebAddress address = WebAddress.of(URI.create("HTTPS://My_Host.Test/a?b=c#d"));
        assertEquals("my_host.test", address.name());
        assertEquals(443, address.host().getPort());
        assertEquals("/a?b=c", address.path());
        assertEquals("/", WebAddress.of(URI.create("http://a.test")).path());
        assertEquals("/%C3%A9", WebAddress.of(URI.create("http://a.test/\u00e9")).path());
    }

    @ParameterizedTest
    @CsvSource({
        "file:///etc/passwd",
        "ftp://a.test/",
        "/relative",
        "mailto:a@b.test",
        "http:///x",
        "http://a.test:99999/"
    })
    void refusesOtherSchemesAndNoHost(String text) {
        FetchException refusal =
                assertThrows(FetchException.class, () -> WebAddress.of(URI.create(text)));
        assertEquals(FetchFault.BAD_ADDRESS, refusal.fault());
    }

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

    @Test
    void readsRetryAfterInBothForms() {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        assertEquals(Duration.ofSeconds(7), RetryAfter.parse("7", now));
        assertEquals(Duration.ofSeconds(90), RetryAfter.parse("Thu, 1 Jan 2026 00:01:30 GMT", now));
        assertEquals(Duration.ZERO, RetryAfter.parse("Wed, 31 Dec 2025 00:00:00 GMT", now));
        assertEquals(null, RetryAfter.parse("soon", now));
        assertEquals(null, RetryAfter.parse("", now));
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
