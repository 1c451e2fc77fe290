/** Carries messages between ranks: connections, frames, and the handshake that admits peers. */
package org.minigpt4j.cluster.exchange;
