package org.minigpt4j.cluster.exchange;

/**
 * A whole message as it came over a connection.
 *
 * @param kind what it is
 * @param view in which it was sent
 * @param step what it is about
 * @param content its bytes
 */
record WireMessage(WireKind kind, int view, int step, byte[] content) {}
