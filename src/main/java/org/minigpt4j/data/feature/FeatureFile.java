package org.minigpt4j.data.feature;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32C;

/**
 * A file of records. Each record is a mark, the length of the sample's name, a CRC-32C of name and
 * payload (four bytes each), the name and the payload. Reads go through a memory map.
 */
final class FeatureFile implements AutoCloseable {

    /** File name suffix of feature files. */
    static final String SUFFIX = ".features";

    private static final int MARK = 0x6d673474;
    private static final int HEADER = 12;
    private static final int LONGEST_NAME = 1 << 16;

    private final Path path;
    private final FileChannel channel;
    private final int payload;
    private volatile MappedByteBuffer map;
    private long end;

    private FeatureFile(Path path, FileChannel channel, int payload) throws IOException {
        this.path = path;
        this.channel = channel;
        this.payload = payload;
        this.end = channel.size();
        this.map = channel.map(FileChannel.MapMode.READ_ONLY, 0, end);
    }

    /** Maps a file as it is now. The file is not kept open, so many can be mapped. */
    static FeatureFile read(Path path, int payload) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            return new FeatureFile(path, channel, payload);
        }
    }

    /** An empty file that is being written; the caller closes the channel. */
    static FeatureFile over(Path path, FileChannel channel, int payload) throws IOException {
        return new FeatureFile(path, channel, payload);
    }

    /** An unused name in {@code folder}. */
    static Path unused(Path folder) {
        long number = ThreadLocalRandom.current().nextLong();
        return folder.resolve(String.format(Locale.ROOT, "%016x", number) + SUFFIX);
    }

    /** Creates a file with an unused name in {@code folder}. */
    static FeatureFile begin(Path folder, int payload) throws IOException {
        Path path = unused(folder);
        FileChannel channel =
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        return new FeatureFile(path, channel, payload);
    }

    interface Visitor {
        void record(String sample, long offset);
    }

    /** Visits all records up to the first that is incomplete or invalid. */
    void walk(Visitor visitor) {
        MappedByteBuffer bytes = map;
        int at = 0;
        while (at + HEADER <= bytes.capacity() && bytes.getInt(at) == MARK) {
            int name = bytes.getInt(at + 4);
            if (name < 0 || name > LONGEST_NAME) {
                return;
            }
            long next = (long) at + HEADER + name + payload;
            if (next > bytes.capacity()) {
                return;
            }
            byte[] text = new byte[name];
            bytes.get(at + HEADER, text);
            visitor.record(new String(text, StandardCharsets.UTF_8), at);
            at = (int) next;
        }
    }

    /** The payload of the record at {@code offset}; empty if it is damaged. */
    Optional<ByteBuffer> payload(long offset) throws IOException {
        int at = (int) offset;
        int name = mapped(at + HEADER).getInt(at + 4);
        if (name < 0 || name > LONGEST_NAME) {
            return Optional.empty();
        }
        ByteBuffer bytes = mapped(at + HEADER + name + payload);
        CRC32C sum = new CRC32C();
        sum.update(bytes.slice(at + HEADER, name + payload));
        return (int) sum.getValue() == bytes.getInt(at + 8)
                ? Optional.of(bytes.slice(at + HEADER + name, payload))
                : Optional.empty();
    }

    /** The memory map, renewed if the file has outgrown it. */
    private ByteBuffer mapped(long needed) throws IOException {
        MappedByteBuffer known = map;
        if (needed > known.capacity()) {
            known = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            map = known;
        }
        return known;
    }

    /** Appends a record and returns its offset. Only one thread may call it at a time. */
    long append(String sample, ByteBuffer features) throws IOException {
        byte[] name = FeatureStore.nameBytes(sample);
        ByteBuffer record = ByteBuffer.allocate(HEADER + name.length + payload);
        CRC32C sum = new CRC32C();
        sum.update(name);
        sum.update(features.duplicate());
        record.putInt(MARK).putInt(name.length).putInt((int) sum.getValue());
        record.put(name).put(features).flip();
        long offset = end;
        while (record.hasRemaining()) {
            channel.write(record, offset + record.position());
        }
        end += record.capacity();
        return offset;
    }

    long size() {
        return end;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
