package org.minigpt4j.cluster.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;

import java.util.zip.CRC32C;

/** Writes messages as frames. */
final class WireWriter {

    private WireWriter() {}

    /** Sends a message. Its {@code content} must not change afterwards. */
    static ChannelFuture write(Channel channel, WireMessage message) {
        byte[] content = message.content();
        int offset = 0;
        ChannelFuture last;
        do {
            int length = Math.min(WireFrame.PIECE, content.length - offset);
            last = channel.write(frame(message, offset, length));
            offset += length;
        } while (offset < content.length);
        channel.flush();
        return last;
    }

    static ByteBuf frame(WireMessage message, int offset, int length) {
        ByteBuf head = Unpooled.buffer(4 + WireFrame.HEADER);
        head.writeInt(WireFrame.HEADER + length + WireFrame.CHECK);
        head.writeByte(message.kind().ordinal());
        head.writeInt(message.view());
        head.writeInt(message.step());
        head.writeInt(message.content().length);
        head.writeInt(offset);
        CRC32C crc = new CRC32C();
        crc.update(head.array(), 4, WireFrame.HEADER);
        crc.update(message.content(), offset, length);
        ByteBuf check = Unpooled.buffer(WireFrame.CHECK).writeInt((int) crc.getValue());
        ByteBuf piece = Unpooled.wrappedBuffer(message.content(), offset, length);
        return Unpooled.wrappedBuffer(head, piece, check);
    }
}
