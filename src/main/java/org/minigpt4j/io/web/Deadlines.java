package org.minigpt4j.io.web;

import java.io.Serializable;
import java.time.Duration;

/**
 * How long to wait.
 *
 * @param connect for the name and the connection
 * @param firstByte from there, with https through the handshake, to the end of the answer's head
 * @param body from there to the last byte
 */
public record Deadlines(Duration connect, Duration firstByte, Duration body)
        implements Serializable {
    /** 10, 15 and 30 seconds. */
    public static Deadlines defaults() {
        return new Deadlines(
                Duration.ofSeconds(10), Duration.ofSeconds(15), Duration.ofSeconds(30));
    }
}
