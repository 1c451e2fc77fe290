package org.minigpt4j.io.web;

import java.io.Serializable;
import java.time.Duration;

/**
 * Time limits of a request.
 *
 * @param connect for name resolution and the connection
 * @param firstByte from then to the end of the response's head, including the TLS handshake
 * @param body from then to the last byte
 */
public record Deadlines(Duration connect, Duration firstByte, Duration body)
        implements Serializable {
    /** 10, 15 and 30 seconds. */
    public static Deadlines defaults() {
        return new Deadlines(
                Duration.ofSeconds(10), Duration.ofSeconds(15), Duration.ofSeconds(30));
    }
}
