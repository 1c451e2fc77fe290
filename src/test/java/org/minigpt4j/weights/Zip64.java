package org.minigpt4j.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;

/** Lays down stored zip entries with 64-bit sizes (APPNOTE 4.3), leaving holes for their bytes. */
final class Zip64 {
    private final FileChannel channel;
    private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
    private int entries;

    Zip64(FileChannel channel) {
        this.channel = channel;
    }

    /** An entry of {@code size} bytes, of which the last are {@code content}. */
    void add(String name, long size, byte[] content) throws IOException {
        long header = channel.position();
        byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer local = buffer(30 + ascii.length + 20);
        local.putInt(0x04034b50).putShort((short) 45).putShort((short) 0).putShort((short) 0);
        local.putInt(0).putInt(0).putInt(-1).putInt(-1);
        local.putShort((short) ascii.length).putShort((short) 20).put(ascii);
        local.putShort((short) 1).putShort((short) 16).putLong(size).putLong(size);
        channel.write(local.flip());
        long end = channel.position() + size;
        channel.position(end - content.length);
        channel.write(ByteBuffer.wrap(content));

        ByteBuffer central = buffer(46 + ascii.length + 28);
        central.putInt(0x02014b50).putShort((short) 45).putShort((short) 45);
        central.putShort((short) 0).putShort((short) 0).putInt(0).putInt(0).putInt(-1).putInt(-1);
        central.putShort((short) ascii.length).putShort((short) 28).putShort((short) 0);
        central.putShort((short) 0).putShort((short) 0).putInt(0).putInt(-1).put(ascii);
        central.putShort((short) 1).putShort((short) 24);
        central.putLong(size).putLong(size).putLong(header);
        directory.writeBytes(central.array());
        entries++;
    }

    void finish() throws IOException {
        long begin = channel.position();
        ByteBuffer end = buffer(directory.size() + 56 + 20 + 22);
        end.put(directory.toByteArray());
        end.putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45);
        end.putInt(0).putInt(0).putLong(entries).putLong(entries);
        end.putLong(directory.size()).putLong(begin);
        end.putInt(0x07064b50).putInt(0).putLong(begin + directory.size()).putInt(1);
        end.putInt(0x06054b50).putShort((short) 0).putShort((short) 0);
        end.putShort((short) -1).putShort((short) -1).putInt(-1).putInt(-1).putShort((short) 0);
        channel.write(end.flip());
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
