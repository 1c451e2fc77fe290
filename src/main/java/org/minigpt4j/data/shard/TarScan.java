package org.minigpt4j.data.shard;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads the headers of a tar without the files themselves. It supports ustar, GNU long names and
 * sizes, and pax records: everything that the tar writers of Python, Java and GNU produce. If one
 * archive follows another in the same file, both are read. The scan stops where the file ends early
 * or a header is damaged; everything before that is kept.
 */
public final class TarScan {

    static final int BLOCK = 512;

    /**
     * Maximum length in bytes of a long name or a set of pax records; anything longer is treated as
     * damage.
     */
    private static final long MAX_EXTENSION = 1 << 20;

    private final Bytes bytes;
    private final long start;
    private final long end;
    private final Visitor visitor;
    private int archives = 1;
    private boolean ended;
    private String longName;
    private long longSize = -1;

    private TarScan(Bytes bytes, long start, long end, Visitor visitor) {
        this.bytes = bytes;
        this.start = start;
        this.end = end;
        this.visitor = visitor;
    }

    /** Receives each regular file in the order of the tar. */
    public interface Visitor {

        /**
         * @param content reads the file's bytes; valid only during this call
         */
        void member(TarMember member, Content content) throws IOException;
    }

    /** Reads a member's bytes. */
    public interface Content {
        byte[] read() throws IOException;
    }

    /** The damage in a tar, and the offset of the first byte that could not be read. */
    public record Damage(String detail, long at) {}

    /**
     * The result of a scan.
     *
     * @param archives number of archives in the file
     * @param ended true if the last one has an end mark
     * @param damage the damage, if there is any
     */
    public record Result(int archives, boolean ended, Optional<Damage> damage) {}

    /** The bytes of a tar; {@code at} never decreases. Past the end, zeros are returned. */
    private interface Bytes {
        byte[] read(long at, int length) throws IOException;
    }

    static Result of(FileChannel channel, Visitor visitor) throws IOException {
        return of(channel, 0, channel.size(), visitor);
    }

    /** Scans the part of a tar from the header at {@code start} to {@code end}. */
    static Result of(FileChannel channel, long start, long end, Visitor visitor)
            throws IOException {
        Bytes bytes =
                (at, length) -> {
                    ByteBuffer buffer = ByteBuffer.allocate(length);
                    while (buffer.hasRemaining()
                            && channel.read(buffer, at + buffer.position()) > 0) {}
                    return buffer.array();
                };
        return new TarScan(bytes, start, end, visitor).result();
    }

    /** Scans a tar of {@code length} bytes from its beginning. */
    public static Result of(InputStream in, long length, Visitor visitor) throws IOException {
        long[] position = {0};
        Bytes bytes =
                (at, wanted) -> {
                    in.skipNBytes(at - position[0]);
                    byte[] read = new byte[wanted];
                    position[0] = at + in.readNBytes(read, 0, wanted);
                    return read;
                };
        return new TarScan(bytes, 0, length, visitor).result();
    }

    private Result result() throws IOException {
        Optional<Damage> damage = Optional.ofNullable(walk());
        return new Result(archives, ended, damage);
    }

    /** Scans to the end; returns the damage, or null if there is none. */
    private Damage walk() throws IOException {
        long at = start;
        while (at + BLOCK <= end) {
            byte[] header = bytes.read(at, BLOCK);
            if (isZero(header)) {
                long empty = at;
                while (isZero(header)) {
                    at += BLOCK;
                    if (at + BLOCK > end) {
                        boolean padding = isZero(bytes.read(at, (int) (end - at)));
                        ended = padding;
                        return padding ? null : cutBy(empty);
                    }
                    header = bytes.read(at, BLOCK);
                }
                if (!isUstar(header) || !checksumHolds(header)) {
                    return cutBy(empty);
                }
                archives++;
            }
            long size = longSize >= 0 ? longSize : number(header, 124, 12);
            long data = at + BLOCK;
            if (!checksumHolds(header) || size < 0) {
                return new Damage("the header at byte " + at + " is damaged", at);
            }
            if (size > end - data) {
                return new Damage(
                        "it ends at byte %d, inside the member at byte %d".formatted(end, at), at);
            }
            switch (header[156]) {
                case 'L', 'x' -> {
                    if (size > MAX_EXTENSION) {
                        return new Damage(
                                "the extended header at byte %d is damaged".formatted(at), at);
                    }
                    extend(header[156], bytes.read(data, (int) size));
                }
                case 'g', 'K' -> {}
                default -> {
                    if (header[156] == '0' || header[156] == 0 || header[156] == '7') {
                        visitor.member(
                                new TarMember(name(header), data, size),
                                () -> bytes.read(data, Math.toIntExact(size)));
                    }
                    longName = null;
                    longSize = -1;
                }
            }
            at = data + (size + BLOCK - 1) / BLOCK * BLOCK;
        }
        // Writers end with two empty blocks; readers accept an end without them.
        if (end == start) {
            return new Damage("it has no bytes", start);
        }
        return at == end ? null : new Damage("it ends at byte " + end + ", inside a header", at);
    }

    private static Damage cutBy(long at) {
        return new Damage("an empty block at byte " + at + " cuts it short", at);
    }

    private void extend(byte type, byte[] data) {
        if (type == 'L') {
            longName = text(data, 0, data.length);
            return;
        }
        // Records of the form "LENGTH KEY=VALUE\n", LENGTH counting all of it.
        for (int start = 0; start < data.length; ) {
            int space = start;
            int length = 0;
            while (space < data.length && data[space] >= '0' && data[space] <= '9') {
                length = length * 10 + data[space++] - '0';
            }
            if (length <= space - start + 1 || length > data.length - start) {
                return;
            }
            String record = text(data, space + 1, length - (space + 1 - start) - 1);
            if (record.startsWith("path=")) {
                longName = record.substring("path=".length());
            } else if (record.startsWith("size=")) {
                longSize = decimal(record.substring("size=".length()));
            }
            start += length;
        }
    }

    /** Parses a size; one that is not a number becomes larger than any archive. */
    private static long decimal(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    private String name(byte[] header) {
        return longName != null ? longName : shortName(header);
    }

    /**
     * The name in a member's own header. It is shortened if the full name is in an extended header.
     */
    static String shortName(byte[] header) {
        String name = text(header, 0, 100);
        String prefix = isUstar(header) && header[262] == 0 ? text(header, 345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    /** The size in a member's header: octal, or binary if the first bit is set. */
    static long number(byte[] header, int offset, int length) {
        if (header[offset] < 0) {
            long value = 0;
            for (int i = offset + length - 8; i < offset + length; i++) {
                value = value << 8 | header[i] & 0xFF;
            }
            return value;
        }
        String digits = text(header, offset, length).strip();
        try {
            return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static boolean isUstar(byte[] header) {
        return text(header, 257, 5).equals("ustar");
    }

    private static boolean checksumHolds(byte[] header) {
        long sum = 0;
        long signedSum = 0;
        for (int i = 0; i < BLOCK; i++) {
            byte value = i >= 148 && i < 156 ? (byte) ' ' : header[i];
            sum += value & 0xFF;
            signedSum += value;
        }
        long stored = number(header, 148, 8);
        return stored == sum || stored == signedSum;
    }

    private static boolean isZero(byte[] block) {
        for (byte b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /** Text up to the first zero byte. */
    private static String text(byte[] bytes, int offset, int length) {
        int end = offset;
        while (end < offset + length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, offset, end - offset, StandardCharsets.UTF_8);
    }
}
