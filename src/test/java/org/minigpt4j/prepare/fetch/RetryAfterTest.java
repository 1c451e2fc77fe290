package org.minigpt4j.prepare.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;

class RetryAfterTest {

    @Test
    void readsRetryAfterInBothForms() {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        assertEquals(Duration.ofSeconds(7), RetryAfter.parse("7", now));
        assertEquals(Duration.ofSeconds(90), RetryAfter.parse("Thu, 1 Jan 2026 00:01:30 GMT", now));
        assertEquals(Duration.ZERO, RetryAfter.parse("Wed, 31 Dec 2025 00:00:00 GMT", now));
        assertEquals(null, RetryAfter.parse("soon", now));
        assertEquals(null, RetryAfter.parse("", now));
    }
}
