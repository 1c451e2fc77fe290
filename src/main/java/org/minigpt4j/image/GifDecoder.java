package org.minigpt4j.image;

import java.io.IOException;

import javax.imageio.IIOException;

/**
 * Decodes the first picture of a GIF file (GIF89a), placed on its screen as in Pillow. The rest of
 * the screen is transparent if the picture has a transparent colour, otherwise it has the palette's
 * first colour. The JDK's reader is not used: it ignores the screen and fills in what a truncated
 * file lacks.
 */
final class GifDecoder {

    private static final int MOST_CODES = 4096;

    private final byte[] file;
    private final Stops stops = new Stops();
    private int at;
    private int screenWidth;
    private int screenHeight;
    private int[] palette;
    private int transparent = -1;
    private int left;
    private int top;
    private int width;
    private int height;
    private boolean interlaced;

    private GifDecoder(byte[] file) {
        this.file = file;
    }

    static boolean isGif(byte[] file) {
        return file.length > 6
                && file[0] == 'G'
                && file[1] == 'I'
                && file[2] == 'F'
                && file[3] == '8'
                && (file[4] == '7' || file[4] == '9')
                && file[5] == 'a';
    }

    /** The screen's size, enlarged if the first picture does not fit. */
    static ImageDecoder.Size size(byte[] file) throws IOException {
        GifDecoder decoder = new GifDecoder(file);
        decoder.header();
        return decoder.size();
    }

    /**
     * Decodes the picture. Transparent pixels keep their colour, or become white with {@code
     * onWhite}.
     */
    static RgbImage decode(byte[] file, boolean onWhite) throws IOException, BadImageException {
        GifDecoder decoder = new GifDecoder(file);
        decoder.header();
        return decoder.picture(onWhite);
    }

    private ImageDecoder.Size size() {
        return new ImageDecoder.Size(
                Math.max(screenWidth, left + width), Math.max(screenHeight, top + height));
    }

    /** Reads up to the first picture's data. */
    private void header() throws IOException {
        at = 6;
        screenWidth = u16();
        screenHeight = u16();
        int flags = u8();
        at += 2;
        palette = palette(flags);
        for (int block = u8(); block != 0x2C; block = u8()) {
            if (block == 0x21) {
                extension();
            } else if (block == 0x3B) {
                throw new IIOException("it has no picture");
            }
        }
        left = u16();
        top = u16();
        width = u16();
        height = u16();
        flags = u8();
        interlaced = (flags & 0x40) != 0;
        int[] own = palette(flags);
        palette = own == null ? palette : own;
    }

    private int[] palette(int flags) throws IOException {
        if ((flags & 0x80) == 0) {
            return null;
        }
        int[] colors = new int[256];
        for (int i = 0; i < 2 << (flags & 7); i++) {
            colors[i] = u8() << 16 | u8() << 8 | u8();
        }
        return colors;
    }

    private void extension() throws IOException {
        int label = u8();
        for (int length = u8(); length > 0; length = u8()) {
            if (label == 0xF9 && length >= 4) {
                transparent = (byteAt(at) & 1) != 0 ? byteAt(at + 3) : -1;
            }
            at += length;
        }
    }

    private RgbImage picture(boolean onWhite) throws IOException, BadImageException {
        byte[] indices = lzw();
        ImageDecoder.Size size = size();
        byte[] rgb = new byte[3 * Math.multiplyExact(size.width(), size.height())];
        int around = color(transparent >= 0 ? transparent : 0, onWhite);
        if (width != size.width() || height != size.height()) {
            for (int i = 0; i < rgb.length; i += 3) {
                put(rgb, i, around);
            }
        }
        int stored = 0;
        int[] first = interlaced ? new int[] {0, 4, 2, 1} : new int[] {0};
        int[] step = interlaced ? new int[] {8, 8, 4, 2} : new int[] {1};
        for (int pass = 0; pass < first.length; pass++) {
            for (int y = first[pass]; y < height; y += step[pass]) {
                int to = 3 * ((top + y) * size.width() + left);
                for (int x = 0; x < width; x++, to += 3) {
                    put(rgb, to, color(indices[stored++] & 0xFF, onWhite));
                }
            }
        }
        return new RgbImage(size.width(), size.height(), rgb);
    }

    private int color(int index, boolean onWhite) {
        if (onWhite && index == transparent) {
            return 0xFFFFFF;
        }
        return palette == null ? index * 0x010101 : palette[index];
    }

    private static void put(byte[] rgb, int at, int color) {
        rgb[at] = (byte) (color >> 16);
        rgb[at + 1] = (byte) (color >> 8);
        rgb[at + 2] = (byte) color;
    }

    /** All palette indices of the picture, in stored order. */
    private byte[] lzw() throws IOException, BadImageException {
        int codeBits = u8();
        if (codeBits < 1 || codeBits > 8) {
            throw new IIOException("codes of " + codeBits + " bits");
        }
        byte[] out = new byte[Math.multiplyExact(width, height)];
        int clear = 1 << codeBits;
        int[] prefix = new int[MOST_CODES];
        byte[] last = new byte[MOST_CODES];
        byte[] stack = new byte[MOST_CODES + 1];
        for (int i = 0; i < clear; i++) {
            last[i] = (byte) i;
        }
        int codes = clear + 2;
        int size = codeBits + 1;
        int before = -1;
        int first = 0;
        int bits = 0;
        int held = 0;
        int block = 0;
        int done = 0;
        while (done < out.length) {
            while (bits < size) {
                if (block == 0) {
                    stops.check();
                    block = u8();
                    if (block == 0) {
                        throw new IIOException("the file ends before the picture does");
                    }
                }
                held |= u8() << bits;
                bits += 8;
                block--;
            }
            int code = held & (1 << size) - 1;
            held >>>= size;
            bits -= size;
            if (code == clear) {
                codes = clear + 2;
                size = codeBits + 1;
                before = -1;
                continue;
            } else if (code == clear + 1) {
                throw new IIOException("the file ends before the picture does");
            } else if (code > codes || before < 0 && code > clear || code == codes && before < 0) {
                throw new IIOException("an invalid LZW code");
            }
            int depth = 0;
            int now = code;
            if (code == codes) {
                stack[depth++] = (byte) first;
                now = before;
            }
            while (now > clear) {
                stack[depth++] = last[now];
                now = prefix[now];
            }
            first = last[now];
            stack[depth++] = (byte) first;
            if (before >= 0 && codes < MOST_CODES) {
                prefix[codes] = before;
                last[codes++] = (byte) first;
                size += codes == 1 << size && size < 12 ? 1 : 0;
            }
            before = code;
            while (depth > 0 && done < out.length) {
                out[done++] = stack[--depth];
            }
        }
        return out;
    }

    private int u8() throws IOException {
        return byteAt(at++);
    }

    private int u16() throws IOException {
        return u8() | u8() << 8;
    }

    private int byteAt(int index) throws IOException {
        if (index >= file.length) {
            throw new IIOException("the file ends before the picture does");
        }
        return file[index] & 0xFF;
    }
}
