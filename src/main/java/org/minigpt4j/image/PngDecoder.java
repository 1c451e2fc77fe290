package org.minigpt4j.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

import javax.imageio.IIOException;

/**
 * Decodes PNG files to RGB (ISO/IEC 15948); only IHDR, PLTE, tRNS and IDAT are read. The JDK's
 * reader refuses pictures with a damaged comment, unpacks unneeded profiles, and is six times
 * slower at 16 bits, where it holds all samples in memory. This class holds one row at a time and
 * checks for an interrupt between rows.
 */
final class PngDecoder {

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

    private static final int IHDR = 0x49484452;
    private static final int PLTE = 0x504C5445;
    private static final int TRNS = 0x74524E53;
    private static final int IDAT = 0x49444154;
    private static final int IEND = 0x49454E44;

    private static final int GRAY = 0;
    private static final int RGB = 2;
    private static final int PALETTE = 3;
    private static final int GRAY_ALPHA = 4;
    private static final int RGBA = 6;

    /** Adam7's passes: first column and row, and the steps between columns and rows. */
    private static final int[][] PASSES = {
        {0, 0, 8, 8},
        {4, 0, 8, 8},
        {0, 4, 4, 8},
        {2, 0, 4, 4},
        {0, 2, 2, 4},
        {1, 0, 2, 2},
        {0, 1, 1, 2}
    };

    private static final int[][] WHOLE = {{0, 0, 1, 1}};

    /** Maximum number of bytes that one deflated byte can expand to. */
    private static final int MOST_DEFLATED = 1032;

    private static final int PIECE = 1 << 20;

    private record Part(int start, int length) {}

    private final byte[] file;
    private final boolean onWhite;
    private final Stops stops = new Stops();
    private final List<Part> data = new ArrayList<>();
    private int width;
    private int height;
    private int bits;
    private int color;
    private boolean interlaced;
    private int channels;
    private final int[] palette = new int[256];
    private byte[] transparent = new byte[0];
    private byte[] rgb;
    private int nextPart;

    private PngDecoder(byte[] file, boolean onWhite) {
        this.file = file;
        this.onWhite = onWhite;
    }

    static boolean isPng(byte[] file) {
        return file.length >= SIGNATURE.length
                && Arrays.equals(file, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length);
    }

    /** Reads the size from the header, which comes first. */
    static ImageDecoder.Size size(byte[] file) throws IOException {
        PngDecoder header = new PngDecoder(file, false);
        if (file.length < 33 || header.i32(12) != IHDR || header.i32(8) < 13) {
            throw new IIOException("the file does not begin with a header of PNG");
        }
        return new ImageDecoder.Size(header.i32(16), header.i32(20));
    }

    /** Decodes the picture; alpha is dropped, or the picture is blended onto white. */
    static RgbImage decode(byte[] file, boolean onWhite) throws IOException, BadImageException {
        PngDecoder decoder = new PngDecoder(file, onWhite);
        try {
            decoder.parse();
            return decoder.read();
        } catch (DataFormatException e) {
            throw new IIOException("its data are damaged: " + e.getMessage(), e);
        }
    }

    private void parse() throws IOException {
        ImageDecoder.Size size = size(file);
        width = size.width();
        height = size.height();
        bits = file[24];
        color = file[25];
        channels =
                switch (color) {
                    case GRAY, PALETTE -> 1;
                    case GRAY_ALPHA -> 2;
                    case RGB -> 3;
                    case RGBA -> 4;
                    default -> throw new IIOException("a colour type of " + color);
                };
        boolean fits =
                switch (bits) {
                    case 1, 2, 4 -> color == GRAY || color == PALETTE;
                    case 8 -> true;
                    case 16 -> color != PALETTE;
                    default -> false;
                };
        if (!fits || file[26] != 0 || file[27] != 0 || file[28] < 0 || file[28] > 1) {
            throw new IIOException(
                    "%d bits of colour type %d, methods %d %d %d"
                            .formatted(bits, color, file[26], file[27], file[28]));
        }
        interlaced = file[28] == 1;
        requireChecksum(8, 13);
        boolean hasPalette = chunks();
        if (color == PALETTE && !hasPalette) {
            throw new IIOException("it has no palette");
        }
        if (data.isEmpty()) {
            throw new IIOException("the file ends before the picture does");
        }
    }

    /** Reads all chunks after the header; returns whether there is a palette. */
    private boolean chunks() throws IOException {
        boolean hasPalette = false;
        long next;
        for (long at = 8; at + 8 < file.length; at = next) {
            int start = (int) at;
            long length = i32(start) & 0xFFFFFFFFL;
            int type = i32(start + 4);
            next = at + 12 + length;
            int there = (int) Math.min(length, file.length - at - 8);
            if (type == IEND) {
                break;
            } else if (type == IDAT) {
                data.add(new Part(start + 8, there));
            } else if (data.isEmpty() && there == length) {
                if (type == PLTE && color == PALETTE) {
                    requireChecksum(start, there);
                    palette(start + 8, there);
                    hasPalette = true;
                } else if (type == TRNS && there >= leastTransparent()) {
                    transparent = Arrays.copyOfRange(file, start + 8, start + 8 + there);
                }
            }
        }
        return hasPalette;
    }

    /** Entries beyond those in the file are black, as in Pillow. */
    private void palette(int start, int length) {
        Arrays.fill(palette, 0);
        for (int i = 0; i < Math.min(length / 3, palette.length); i++) {
            palette[i] =
                    u8(start + 3 * i) << 16 | u8(start + 3 * i + 1) << 8 | u8(start + 3 * i + 2);
        }
    }

    /** An unusable chunk counts as missing. */
    private int leastTransparent() {
        return switch (color) {
            case GRAY -> 2;
            case RGB -> 6;
            case PALETTE -> 1;
            default -> Integer.MAX_VALUE;
        };
    }

    private void requireChecksum(int chunk, int length) throws IOException {
        CRC32 crc = new CRC32();
        int end = chunk + 8 + length;
        crc.update(file, chunk + 4, 4 + length);
        if (end + 4 > file.length || i32(end) != (int) crc.getValue()) {
            throw new IIOException("the checksum of its header or palette is wrong");
        }
    }

    private RgbImage read() throws IOException, BadImageException, DataFormatException {
        int[][] passes = interlaced ? PASSES : WHOLE;
        long needed = 0;
        for (int[] pass : passes) {
            int columns = count(width, pass[0], pass[2]);
            needed += columns == 0 ? 0 : count(height, pass[1], pass[3]) * (1 + rowBytes(columns));
        }
        long there = data.stream().mapToLong(Part::length).sum();
        if (needed > MOST_DEFLATED * (there + 1)) {
            throw new IIOException(
                    "%d bytes cannot hold %d x %d pixels".formatted(there, width, height));
        }
        rgb = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
        Inflater inflater = new Inflater();
        try {
            for (int[] pass : passes) {
                pass(pass, inflater);
            }
        } finally {
            inflater.end();
        }
        return new RgbImage(width, height, rgb);
    }

    private static int count(int length, int first, int step) {
        return length <= first ? 0 : (length - first + step - 1) / step;
    }

    private long rowBytes(int columns) {
        return ((long) columns * channels * bits + 7) / 8;
    }

    private void pass(int[] pass, Inflater inflater)
            throws IOException, BadImageException, DataFormatException {
        int columns = count(width, pass[0], pass[2]);
        int rows = count(height, pass[1], pass[3]);
        if (columns == 0) {
            return;
        }
        int length = Math.toIntExact(rowBytes(columns));
        int pixel = Math.max(1, channels * bits / 8);
        byte[] row = new byte[length];
        byte[] above = new byte[length];
        byte[] filter = new byte[1];
        for (int y = 0; y < rows; y++) {
            stops.check();
            inflate(inflater, filter, 1);
            inflate(inflater, row, length);
            unfilter(filter[0], row, above, pixel);
            int to = 3 * ((pass[1] + y * pass[3]) * width + pass[0]);
            place(row, columns, to, 3 * pass[2]);
            byte[] done = row;
            row = above;
            above = done;
        }
    }

    private void inflate(Inflater inflater, byte[] to, int length)
            throws IOException, BadImageException, DataFormatException {
        for (int done = 0; done < length; ) {
            int count = inflater.inflate(to, done, Math.min(PIECE, length - done));
            done += count;
            if (count == PIECE) {
                stops.check();
            } else if (count == 0) {
                if (!inflater.needsInput() || nextPart == data.size()) {
                    throw new IIOException("the file ends before the picture does");
                }
                Part part = data.get(nextPart++);
                inflater.setInput(file, part.start(), part.length());
            }
        }
    }

    private static void unfilter(byte filter, byte[] row, byte[] above, int pixel)
            throws IOException {
        int length = row.length;
        switch (filter) {
            case 0 -> {}
            case 1 -> {
                for (int i = pixel; i < length; i++) {
                    row[i] += row[i - pixel];
                }
            }
            case 2 -> {
                for (int i = 0; i < length; i++) {
                    row[i] += above[i];
                }
            }
            case 3 -> {
                for (int i = 0; i < length; i++) {
                    int left = i < pixel ? 0 : row[i - pixel] & 0xFF;
                    row[i] += (byte) (left + (above[i] & 0xFF) >> 1);
                }
            }
            case 4 -> {
                for (int i = 0; i < length; i++) {
                    int a = i < pixel ? 0 : row[i - pixel] & 0xFF;
                    int b = above[i] & 0xFF;
                    int c = i < pixel ? 0 : above[i - pixel] & 0xFF;
                    row[i] += (byte) paeth(a, b, c);
                }
            }
            default -> throw new IIOException("a row with a filter of " + filter);
        }
    }

    private static int paeth(int a, int b, int c) {
        int toA = Math.abs(b - c);
        int toB = Math.abs(a - c);
        int toC = Math.abs(a + b - 2 * c);
        return toA <= toB && toA <= toC ? a : toB <= toC ? b : c;
    }

    /**
     * Copies a row's pixels to {@code rgb}, the first at {@code to}, the others at intervals of
     * {@code step} bytes.
     */
    private void place(byte[] row, int columns, int to, int step) {
        if (color == RGB && bits == 8 && step == 3 && !(onWhite && transparent.length > 0)) {
            System.arraycopy(row, 0, rgb, to, 3 * columns);
            return;
        }
        int at = to;
        for (int x = 0; x < columns; x++, at += step) {
            int first = sample(row, x * channels);
            int red = level(first);
            int green = red;
            int blue = red;
            if (color == PALETTE) {
                red = palette[first] >> 16;
                green = palette[first] >> 8 & 0xFF;
                blue = palette[first] & 0xFF;
            } else if (channels >= 3) {
                green = level(sample(row, x * channels + 1));
                blue = level(sample(row, x * channels + 2));
            }
            int alpha = onWhite ? alpha(row, x, first) : 255;
            rgb[at] = (byte) ImageDecoder.onWhite(red, alpha);
            rgb[at + 1] = (byte) ImageDecoder.onWhite(green, alpha);
            rgb[at + 2] = (byte) ImageDecoder.onWhite(blue, alpha);
        }
    }

    /** The stored value of a sample. */
    private int sample(byte[] row, int index) {
        if (bits == 8) {
            return row[index] & 0xFF;
        } else if (bits == 16) {
            return (row[2 * index] & 0xFF) << 8 | row[2 * index + 1] & 0xFF;
        }
        int bit = index * bits;
        return row[bit >> 3] >> (8 - bits - (bit & 7)) & (1 << bits) - 1;
    }

    /** A sample scaled to 0 to 255; 16-bit samples are converted as in Pillow. */
    private int level(int sample) {
        if (bits == 16) {
            return color == GRAY ? Math.min(sample, 255) : sample >> 8;
        }
        return sample * 255 / ((1 << bits) - 1);
    }

    private int alpha(byte[] row, int x, int first) {
        return switch (color) {
            case GRAY_ALPHA, RGBA -> {
                int sample = sample(row, x * channels + channels - 1);
                yield bits == 16 ? sample >> 8 : sample;
            }
            case PALETTE -> first < transparent.length ? transparent[first] & 0xFF : 255;
            default -> {
                boolean none = transparent.length > 0;
                for (int band = 0; band < channels && none; band++) {
                    int key =
                            (transparent[2 * band] & 0xFF) << 8 | transparent[2 * band + 1] & 0xFF;
                    none = sample(row, x * channels + band) == key;
                }
                yield none ? 0 : 255;
            }
        };
    }

    private int u8(int index) {
        return file[index] & 0xFF;
    }

    private int i32(int at) {
        return u8(at) << 24 | u8(at + 1) << 16 | u8(at + 2) << 8 | u8(at + 3);
    }
}
