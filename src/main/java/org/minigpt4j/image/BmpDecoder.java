package org.minigpt4j.image;

import java.io.IOException;

import javax.imageio.IIOException;

/**
 * Decodes BMP files to RGB: 1 to 32 bits, palettes, bit masks and run-length encoding; alpha is
 * ignored. The JDK's reader is not used, because it opens colour profiles in other files and
 * embedded JPEGs.
 */
final class BmpDecoder {

    private static final int CORE_HEADER = 12;
    private static final int PLAIN = 0;
    private static final int RUNS_OF_8 = 1;
    private static final int RUNS_OF_4 = 2;
    private static final int MASKS = 3;
    private static final int MASKS_WITH_ALPHA = 6;

    private final byte[] file;
    private final Stops stops = new Stops();
    private final int width;
    private final int height;
    private final boolean upright;
    private final int bits;
    private final int compression;
    private final int[] palette = new int[256];
    private final int[] masks = new int[3];
    private final int dataAt;

    private BmpDecoder(byte[] file) throws IOException {
        this.file = file;
        int header = i32(14);
        boolean core = header == CORE_HEADER;
        if (!core && header < 40 || header > file.length) {
            throw new IIOException("a BMP header of " + header + " bytes");
        }
        width = core ? u16(18) : i32(18);
        int rows = core ? u16(20) : i32(22);
        upright = rows >= 0;
        height = Math.abs(rows);
        bits = core ? u16(24) : u16(28);
        compression = core ? PLAIN : i32(30);
        boolean fits =
                switch (compression) {
                    case PLAIN -> bits <= 8 ? bits > 0 && 8 % bits == 0 : bits % 8 == 0;
                    case RUNS_OF_8 -> bits == 8 && upright;
                    case RUNS_OF_4 -> bits == 4 && upright;
                    case MASKS, MASKS_WITH_ALPHA -> bits == 16 || bits == 32;
                    default -> false;
                };
        if (!fits || bits > 32) {
            throw new IIOException(
                    "a BMP file of %d bits and compression %d".formatted(bits, compression));
        }
        dataAt = i32(10);
        boolean masked = compression == MASKS || compression == MASKS_WITH_ALPHA;
        for (int band = 0; band < 3; band++) {
            masks[band] =
                    masked
                            ? i32(54 + 4 * band)
                            : bits == 16 ? 31 << 10 - 5 * band : 255 << 16 - 8 * band;
        }
        int entry = core ? 3 : 4;
        int first = 14 + header;
        int used = core ? 0 : i32(46);
        int colors = bits > 8 ? 0 : used > 0 && used < 1 << bits ? used : 1 << bits;
        for (int i = 0; i < colors && first + entry * i + 3 <= Math.min(dataAt, file.length); i++) {
            palette[i] =
                    u8(first + entry * i + 2) << 16
                            | u8(first + entry * i + 1) << 8
                            | u8(first + entry * i);
        }
    }

    static boolean isBmp(byte[] file) {
        return file.length > 26 && file[0] == 'B' && file[1] == 'M';
    }

    static ImageDecoder.Size size(byte[] file) throws IOException {
        BmpDecoder header = new BmpDecoder(file);
        return new ImageDecoder.Size(header.width, header.height);
    }

    static RgbImage decode(byte[] file) throws IOException, BadImageException {
        BmpDecoder decoder = new BmpDecoder(file);
        boolean runs = decoder.compression == RUNS_OF_8 || decoder.compression == RUNS_OF_4;
        return runs ? decoder.runs() : decoder.rows();
    }

    private RgbImage rows() throws IOException, BadImageException {
        long stride = ((long) width * bits + 31) / 32 * 4;
        // The last row may lack its padding bytes.
        long needed = stride * (height - 1) + ((long) width * bits + 7) / 8;
        if (dataAt < 0 || dataAt + needed > file.length) {
            throw new IIOException("the file ends before the picture does");
        }
        byte[] rgb = new byte[3 * Math.multiplyExact(width, height)];
        for (int y = 0; y < height; y++) {
            stops.check();
            int from = (int) (dataAt + stride * y);
            int to = 3 * width * (upright ? height - 1 - y : y);
            for (int x = 0; x < width; x++, to += 3) {
                put(rgb, to, color(from, x));
            }
        }
        return new RgbImage(width, height, rgb);
    }

    private int color(int row, int x) throws IOException {
        return switch (bits) {
            case 16 -> masked(u16(row + 2 * x));
            case 24 -> u16(row + 3 * x) | u8(row + 3 * x + 2) << 16;
            case 32 -> masked(i32(row + 4 * x));
            default -> {
                int bit = x * bits;
                int shift = 8 - bits - (bit & 7);
                yield palette[u8(row + (bit >> 3)) >> shift & (1 << bits) - 1];
            }
        };
    }

    private int masked(int pixel) {
        int color = 0;
        for (int mask : masks) {
            int most = mask == 0 ? 0 : mask >>> Integer.numberOfTrailingZeros(mask);
            long value = mask == 0 ? 0 : (pixel & mask) >>> Integer.numberOfTrailingZeros(mask);
            int level = most == 0 ? 0 : (int) (value * 255 / (most & 0xFFFFFFFFL));
            color = color << 8 | level;
        }
        return color;
    }

    /** Pixels that no run covers have the palette's first colour. */
    private RgbImage runs() throws IOException, BadImageException {
        byte[] indices = new byte[Math.multiplyExact(width, height)];
        int x = 0;
        int y = 0;
        int at = Math.max(0, dataAt);
        while (y < height) {
            int count = u8(at++);
            int value = u8(at++);
            if (count > 0) {
                for (int i = 0; i < count && x < width; i++) {
                    indices[y * width + x++] = (byte) index(value, i);
                }
            } else if (value == 0) {
                stops.check();
                x = 0;
                y++;
            } else if (value == 1) {
                break;
            } else if (value == 2) {
                x += u8(at++);
                y += u8(at++);
            } else {
                int bytes = bits == 8 ? value : (value + 1) / 2;
                for (int i = 0; i < value && x < width; i++) {
                    int piece = bits == 8 ? u8(at + i) : index(u8(at + i / 2), i);
                    indices[y * width + x++] = (byte) piece;
                }
                at += bytes + (bytes & 1);
            }
        }
        byte[] rgb = new byte[3 * indices.length];
        for (int row = 0; row < height; row++) {
            for (int i = 0; i < width; i++) {
                int to = 3 * ((height - 1 - row) * width + i);
                put(rgb, to, palette[indices[row * width + i] & 0xFF]);
            }
        }
        return new RgbImage(width, height, rgb);
    }

    /** With 4 bits per pixel, a byte holds two; the first is in the high bits. */
    private int index(int value, int i) {
        return bits == 8 ? value : i % 2 == 0 ? value >> 4 : value & 15;
    }

    private static void put(byte[] rgb, int at, int color) {
        rgb[at] = (byte) (color >> 16);
        rgb[at + 1] = (byte) (color >> 8);
        rgb[at + 2] = (byte) color;
    }

    private int u8(int at) throws IOException {
        if (at < 0 || at >= file.length) {
            throw new IIOException("the file ends before the picture does");
        }
        return file[at] & 0xFF;
    }

    private int u16(int at) throws IOException {
        return u8(at) | u8(at + 1) << 8;
    }

    private int i32(int at) throws IOException {
        return u16(at) | u16(at + 2) << 16;
    }
}
