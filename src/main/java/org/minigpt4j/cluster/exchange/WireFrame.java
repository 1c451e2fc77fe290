package org.minigpt4j.cluster.exchange;

import io.netty.buffer.ByteBuf;

/**
 * A piece of a message as it goes over the wire. All numbers are big-endian: length of what follows
 * (4 bytes), kind (1), view (4), step (4), bytes of the whole message (4), where this piece begins
 * in it (4), the piece, and a CRC-32C of all but the length (4).
 *
 * @param kind what the message is
 * @param view in which it was sent
 * @param step what it is about
 * @param total bytes of the message
 * @param offset of this piece
 * @param piece the bytes, to be read before the next frame is
 */
record WireFrame(WireKind kind, int view, int step, int total, int offset, ByteBuf piece) {

    /** Bytes before the piece, the length left out. */
    static final int HEADER = 17;

    /** Bytes of the checksum. */
    static final int CHECK = 4;

    /** Bytes of a piece at most. */
    static final int PIECE = 256 << 10;
}
