package org.minigpt4j.cluster.exchange;

import io.netty.buffer.ByteBuf;

/**
 * A piece of a message on the wire. All numbers are big-endian: length of the rest of the frame (4
 * bytes), kind (1), view (4), step (4), size of the whole message in bytes (4), offset of this
 * piece in it (4), the piece, and a CRC-32C of everything but the length (4).
 *
 * @param kind the kind of message
 * @param view number of the view in which it was sent
 * @param step the step that it is about
 * @param total size of the whole message in bytes
 * @param offset of this piece in the message, in bytes
 * @param piece the bytes; read them before the next frame is decoded
 */
record WireFrame(WireKind kind, int view, int step, int total, int offset, ByteBuf piece) {

    /** Size of the fields between the length and the piece, in bytes. */
    static final int HEADER = 17;

    /** Size of the checksum in bytes. */
    static final int CHECK = 4;

    /** Largest size of a piece in bytes. */
    static final int PIECE = 256 << 10;
}
