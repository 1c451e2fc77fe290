package org.minigpt4j.cluster.exchange;

import java.time.Duration;

/**
 * How ranks talk to each other.
 *
 * @param secret of the run, which a peer must know
 * @param silence without a byte after which a connection counts as broken
 * @param largest bytes of a message's content at most
 */
public record WireSettings(byte[] secret, Duration silence, int largest) {}
