package org.minigpt4j.io.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.URI;
import java.util.Optional;

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
}
