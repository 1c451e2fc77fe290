package org.minigpt4j.cluster.exchange;

import java.time.Duration;
import java.util.Optional;

/**
 * Settings of the connections between ranks.
 *
 * @param secret of the run; a peer must prove that it knows it
 * @param silence time without a byte after which a connection counts as broken
 * @param largest maximum size of a message's content in bytes
 * @param tls encryption of the connections; empty for none
 */
public record WireSettings(byte[] secret, Duration silence, int largest, Optional<WireTls> tls) {

    /** Settings without encryption. */
    public WireSettings(byte[] secret, Duration silence, int largest) {
        this(secret, silence, largest, Optional.empty());
    }
}
