package org.minigpt4j.cluster.exchange;

import java.time.Duration;
import java.util.Optional;

/**
 * How ranks talk to each other.
 *
 * @param secret of the run, which a peer must know
 * @param silence without a byte after which a connection counts as broken
 * @param largest bytes of a message's content at most
 * @param tls how connections are encrypted, if they are
 */
public record WireSettings(byte[] secret, Duration silence, int largest, Optional<WireTls> tls) {

    /** Settings without encryption. */
    public WireSettings(byte[] secret, Duration silence, int largest) {
        this(secret, silence, largest, Optional.empty());
    }
}
