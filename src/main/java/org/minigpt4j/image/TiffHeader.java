package org.minigpt4j.image;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

import javax.imageio.IIOException;

/**
 * The header of a TIFF file's first picture, and the same file reduced to what decoding needs: no
 * metadata, no other pictures, no circular references. Supports 1 to 16 bits, gray, palette or RGB;
 * uncompressed, LZW, Deflate, PackBits or fax compression.
 */
record TiffHeader(int width, int height, byte[] plain) {

    private static final int SHORT = 3;
    private static final int LONG = 4;
    private static final int WIDTH = 256;
    private static final int HEIGHT = 257;
    private static final int BITS = 258;
    private static final int COMPRESSION = 259;
    private static final int COLORS = 262;
    private static final int SAMPLES = 277;
    private static final int COLOR_MAP = 320;
    private static final int TILE_WIDTH = 322;
    private static final int TILE_HEIGHT = 323;
    private static final int FORMAT = 339;

    /** Tags that are needed to find and decode the pixels. */
    private static final Set<Integer> NEEDED =
            Set.of(
                    WIDTH,
                    HEIGHT,
                    BITS,
                    COMPRESSION,
                    COLORS,
                    266,
                    273,
                    SAMPLES,
                    278,
                    279,
                    284,
                    292,
                    293,
                    317,
                    320,
                    TILE_WIDTH,
                    TILE_HEIGHT,
                    324,
                    325,
                    338,
                    FORMAT);

    /** Size of a value in bytes, by its type. */
    private static final int[] TYPE_SIZES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8};

    /** More bytes than any supported compression expands one byte to. */
    private static final long MOST_PACKED = 4096;

    private static final int ENTRY = 12;

    private record Entry(int tag, int type, int count, int at) {}

    static boolean isTiff(byte[] file) {
        return file.length > 8
                && (file[0] == 'I' && file[1] == 'I' && file[2] == 42 && file[3] == 0
                        || file[0] == 'M' && file[1] == 'M' && file[2] == 0 && file[3] == 42);
    }

    static TiffHeader read(byte[] file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(file);
        in.order(file[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        try {
            return read(in, entries(in));
        } catch (IndexOutOfBoundsException
                | BufferUnderflowException
                | IllegalArgumentException e) {
            throw new IIOException("the file ends before its header does", e);
        }
    }

    private static List<Entry> entries(ByteBuffer in) throws IOException {
        in.position(in.getInt(4));
        List<Entry> entries = new ArrayList<>();
        for (int left = in.getShort() & 0xFFFF; left > 0; left--) {
            int at = in.position();
            int tag = in.getShort() & 0xFFFF;
            int type = in.getShort() & 0xFFFF;
            int count = in.getInt();
            in.getInt();
            boolean known = type > 0 && type < TYPE_SIZES.length;
            if (NEEDED.contains(tag)) {
                if (!known || count < 1 || (long) count * TYPE_SIZES[type] > in.capacity()) {
                    throw new IIOException("tag %d: %d of type %d".formatted(tag, count, type));
                }
                entries.add(new Entry(tag, type, count, at));
            }
        }
        entries.sort(Comparator.comparingInt(Entry::tag));
        return entries;
    }

    private static TiffHeader read(ByteBuffer in, List<Entry> entries) throws IOException {
        int width = value(in, entries, WIDTH, 0);
        int height = value(in, entries, HEIGHT, 0);
        int bits = value(in, entries, BITS, 1);
        int samples = value(in, entries, SAMPLES, 1);
        int compression = value(in, entries, COMPRESSION, 1);
        int colors = value(in, entries, COLORS, 1);
        boolean read =
                Set.of(1, 2, 3, 4, 5, 8, 32946, 32773).contains(compression)
                        && value(in, entries, FORMAT, 1) == 1
                        && switch (colors) {
                            case 0, 1 -> samples <= 2 && Set.of(1, 2, 4, 8, 16).contains(bits);
                            case 2 -> samples >= 3 && samples <= 4 && (bits == 8 || bits == 16);
                            case 3 -> samples == 1 && Set.of(1, 2, 4, 8).contains(bits);
                            default -> false;
                        };
        if (!read) {
            throw new IIOException(
                    "a TIFF file of compression %d, colours %d, %d x %d bits is not read"
                            .formatted(compression, colors, samples, bits));
        }
        long bytes = ((long) width * bits * samples + 7) / 8 * height;
        long tile = (long) value(in, entries, TILE_WIDTH, 1) * value(in, entries, TILE_HEIGHT, 1);
        long most = (long) in.capacity() * (compression == 1 ? 1 : MOST_PACKED);
        // A tile may extend beyond the picture on two sides.
        if (bytes > most || tile > Math.max(1 << 20, 4L * width * height)) {
            throw new IIOException(
                    "%d bytes cannot hold %d x %d pixels".formatted(in.capacity(), width, height));
        }
        return new TiffHeader(width, height, plain(in, entries));
    }

    /** The first value of a tag. */
    private static int value(ByteBuffer in, List<Entry> entries, int tag, int otherwise) {
        for (Entry entry : entries) {
            if (entry.tag() == tag) {
                int size = TYPE_SIZES[entry.type()];
                boolean inside = (long) size * entry.count() <= 4;
                int at = inside ? entry.at() + 8 : in.getInt(entry.at() + 8);
                int value =
                        size == 1
                                ? in.get(at) & 0xFF
                                : size == 2 ? in.getShort(at) & 0xFFFF : in.getInt(at);
                return size > LONG ? -1 : value;
            }
        }
        return otherwise;
    }

    /** The file with a minimal directory appended at its end. */
    private static byte[] plain(ByteBuffer in, List<Entry> entries) {
        int start = in.capacity() + (in.capacity() & 1);
        byte[] bytes = Arrays.copyOf(in.array(), start + 2 + ENTRY * entries.size() + 4);
        ByteBuffer out = ByteBuffer.wrap(bytes).order(in.order());
        out.putInt(4, start);
        out.position(start);
        out.putShort((short) entries.size());
        for (Entry entry : entries) {
            out.put(in.array(), entry.at(), ENTRY);
            if (entry.tag() == COLOR_MAP && entry.type() == SHORT && entry.count() > 2) {
                roundDown(out, in.getInt(entry.at() + 8), entry.count());
            }
        }
        return bytes;
    }

    /**
     * Pillow uses the high byte of a palette's 16-bit values; the JDK would round to the nearest
     * level.
     */
    private static void roundDown(ByteBuffer out, int at, int count) {
        for (int i = 0; i < count; i++) {
            int high = (out.getShort(at + 2 * i) & 0xFFFF) >> 8;
            out.putShort(at + 2 * i, (short) (high * 0x0101));
        }
    }
}
