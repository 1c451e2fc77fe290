package org.minigpt4j.cluster.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Decodes the bytes of one connection into {@link WireMessage}s. It expects whole frames of bounded
 * length with correct checksums, and all frames of a message before the next message. Anything else
 * is a {@link WireFault}.
 */
final class WireReader extends ByteToMessageDecoder {

    private final int largest;
    private WireMessage unfinished;
    private int filled;

    /** Accepts messages of up to {@code largest} bytes. */
    WireReader(int largest) {
        this.largest = largest;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (in.readableBytes() < 4) {
            return;
        }
        int length = in.getInt(in.readerIndex());
        int least = WireFrame.HEADER + WireFrame.CHECK;
        if (length < least || length > least + WireFrame.PIECE) {
            throw new WireFault("a frame of %d bytes".formatted(length));
        }
        if (in.readableBytes() < 4 + length) {
            return;
        }
        in.skipBytes(4);
        WireFrame frame = frame(in.readSlice(length));
        WireMessage whole = add(frame);
        if (whole != null) {
            out.add(whole);
        }
    }

    private WireFrame frame(ByteBuf bytes) {
        ByteBuf head = bytes.readSlice(bytes.readableBytes() - WireFrame.CHECK);
        CRC32C crc = new CRC32C();
        for (ByteBuffer part : head.nioBuffers()) {
            crc.update(part);
        }
        if ((int) crc.getValue() != bytes.readInt()) {
            throw new WireFault("a frame with a wrong checksum");
        }
        int number = head.readUnsignedByte();
        WireKind kind =
                WireKind.of(number)
                        .orElseThrow(() -> new WireFault("a message of kind %d".formatted(number)));
        int view = head.readInt();
        int step = head.readInt();
        int total = head.readInt();
        int offset = head.readInt();
        return new WireFrame(kind, view, step, total, offset, head);
    }

    private WireMessage add(WireFrame frame) {
        if (unfinished == null) {
            if (frame.total() < 0 || frame.total() > largest) {
                throw new WireFault("a message of %d bytes".formatted(frame.total()));
            }
            byte[] content = new byte[frame.total()];
            unfinished = new WireMessage(frame.kind(), frame.view(), frame.step(), content);
            filled = 0;
        }
        boolean goesOn =
                frame.kind() == unfinished.kind()
                        && frame.view() == unfinished.view()
                        && frame.step() == unfinished.step()
                        && frame.total() == unfinished.content().length
                        && frame.offset() == filled
                        && frame.piece().readableBytes() <= frame.total() - filled
                        && (frame.piece().isReadable() || frame.total() == 0);
        if (!goesOn) {
            throw new WireFault("a piece of another message");
        }
        int length = frame.piece().readableBytes();
        frame.piece().readBytes(unfinished.content(), filled, length);
        filled += length;
        if (filled < frame.total()) {
            return null;
        }
        WireMessage whole = unfinished;
        unfinished = null;
        return whole;
    }
}
