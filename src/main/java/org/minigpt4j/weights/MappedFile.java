package org.minigpt4j.weights;

import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.UsageException;
import org.minigpt4j.io.ReadFailure;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file of any length, mapped in regions. A single mapping is limited to 2 GiB, and a region is
 * unmapped as soon as its buffer is garbage collected.
 */
final class MappedFile implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final long size;

    private MappedFile(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    static MappedFile open(Path path) {
        if (Files.isDirectory(path)) {
            throw new UsageException(path + " is a folder, not a weight file");
        }
        try {
            FileChannel channel = FileChannel.open(path);
            return new MappedFile(path, channel, channel.size());
        } catch (IOException e) {
            throw cannotRead(path, e);
        }
    }

    Path path() {
        return path;
    }

    FileChannel channel() {
        return channel;
    }

    long size() {
        return size;
    }

    /**
     * Returns {@code length} bytes from {@code offset}, little-endian, aligned to {@code
     * alignment}: mapped, or copied if their place in the file is not aligned.
     */
    ByteBuffer region(long offset, long length, int alignment) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new IllegalArgumentException(path + " has no bytes " + offset + "+" + length);
        }
        if (length > Integer.MAX_VALUE) {
            throw new UsageException(path + ": one tensor has more than 2 GiB, which is too large");
        }
        try {
            ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, offset, length);
            if (length > 0 && mapped.alignmentOffset(0, alignment) != 0) {
                mapped = copy(mapped);
            }
            return mapped.order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw cannotRead(path, e);
        }
    }

    /** The first bytes of the file, at most {@code length}. */
    byte[] head(int length) {
        ByteBuffer bytes = region(0, Math.min(length, size), 1);
        byte[] head = new byte[bytes.remaining()];
        bytes.get(head);
        return head;
    }

    static MiniGpt4Exception cannotRead(Path path, IOException cause) {
        return ReadFailure.of(path, cause);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw cannotRead(path, e);
        }
    }

    private static ByteBuffer copy(ByteBuffer bytes) {
        // the JDK aligns direct buffers to at least 8 bytes (16 in practice)
        return ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
    }
}
