package org.minigpt4j.cluster.exchange;

/**
 * A whole message of a connection.
 *
 * @param kind the kind of message
 * @param view number of the view in which it was sent
 * @param step the step that it is about
 * @param content its bytes, without header and checksum
 */
record WireMessage(WireKind kind, int view, int step, byte[] content) {}
