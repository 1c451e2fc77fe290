package org.minigpt4j.data.shard;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Walks the headers of a tar without reading what they describe: ustar, GNU long names and sizes,
 * and pax records, which is all that the tar writers of Python, Java and GNU make. Where the
 * archive is cut short or a header is damaged the walk ends; what came before is kept.
 */
final class TarScan {

    static final int BLOCK = 512;

    /** A name or a set of pax records longer than this is damage. */
    private static final long MAX_EXTENSION = 1 << 20;

    private final FileChannel channel;
    private final long end;
    private final List<TarMember> members = new ArrayList<>();
    private String longName;
    private long longSize = -1;

    private TarScan(FileChannel channel) throws IOException {
        this.channel = channel;
        this.end = channel.size();
    }

    /** What was found: the members in order, and what is wrong with the archive, if anything. */
    record Result(List<TarMember> members, Optional<String> damage) {}

    static Result of(FileChannel channel) throws IOException {
        TarScan scan = new TarScan(channel);
        Optional<String> damage = Optional.ofNullable(scan.walk());
        return new Result(List.copyOf(scan.members), damage);
    }

    /** Reads to the end; returns what is wrong, or null. */
    private String walk() throws IOException {
        long at = 0;
        while (at + BLOCK <= end) {
            byte[] header = read(at, BLOCK);
            if (isZero(header)) {
                return emptyFrom(at) ? null : "an empty block at byte " + at + " cuts it short";
            }
            long size = longSize >= 0 ? longSize : number(header, 124, 12);
            long data = at + BLOCK;
            if (!checksumHolds(header) || size < 0) {
                return "the header at byte " + at + " is damaged";
            }
            if (size > end - data) {
                return "it ends at byte %d, inside the member at byte %d".formatted(end, at);
            }
            switch (header[156]) {
                case 'L', 'x' -> {
                    if (size > MAX_EXTENSION) {
                        return "the extended header at byte " + at + " is damaged";
                    }
                    extend(header[156], read(data, (int) size));
                }
                case 'g', 'K' -> {}
                default -> {
                    boolean regular = header[156] == '0' || header[156] == 0 || header[156] == '7';
                    if (regular) {
                        members.add(new TarMember(name(header), data, size));
                    }
                    longName = null;
                    longSize = -1;
                }
            }
            at = data + (size + BLOCK - 1) / BLOCK * BLOCK;
        }
        // Writers end with two empty blocks; readers accept an end without them.
        if (end == 0) {
            return "it has no bytes";
        }
        return at == end ? null : "it ends at byte " + end + ", inside a header";
    }

    /** What follows the end of an archive is empty; anything else would be lost unseen. */
    private boolean emptyFrom(long from) throws IOException {
        for (long at = from; at < end; at += BLOCK) {
            if (!isZero(read(at, (int) Math.min(BLOCK, end - at)))) {
                return false;
            }
        }
        return true;
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

    /** A size that is no number becomes one that no archive can hold. */
    private static long decimal(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    private String name(byte[] header) {
        if (longName != null) {
            return longName;
        }
        String name = text(header, 0, 100);
        boolean ustar = header[257] == 'u' && header[262] == 0;
        String prefix = ustar ? text(header, 345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    /** The size in a member's header; octal, or binary if the first bit is set. */
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

    private byte[] read(long at, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) > 0) {}
        return buffer.array();
    }
}
