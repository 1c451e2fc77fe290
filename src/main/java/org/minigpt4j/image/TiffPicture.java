package org.minigpt4j.image;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An in-memory TIFF file whose header announces one JPEG of a given size and sampling. The JPEGs
 * are then passed to libtiff one after the other. Serves one thread.
 */
final class TiffPicture implements AutoCloseable {

    private static final int SHORT = 3;
    private static final int LONG = 4;
    private static final int ENTRIES = 10;
    private static final int BITS_AT = 8 + 2 + 12 * ENTRIES + 4;
    private static final int SIZE = BITS_AT + 8;

    /** The pseudo tag that sets libtiff's colour conversion, and one of its values. */
    private static final int JPEG_COLOR_MODE = 65538;

    private static final int RGB = 1;

    private final LibTiff tiff;
    private final Memory file = new Memory(SIZE);
    private final Pointer handle;
    private long position;
    private boolean complained;

    // Native code calls these; the fields keep them from being garbage collected.
    private final LibTiff.Transfer read = this::read;
    private final LibTiff.Transfer write = (self, buffer, count) -> 0;
    private final LibTiff.Seek seek = this::seek;
    private final LibTiff.Close close = self -> 0;
    private final LibTiff.Size size = self -> SIZE;
    private final LibTiff.MapFile map = this::map;
    private final LibTiff.UnmapFile unmap = (self, base, count) -> {};
    private final LibTiff.Complaint complaint = this::complained;

    TiffPicture(LibTiff tiff, JpegHeader header) {
        this.tiff = tiff;
        write(file.getByteBuffer(0, SIZE).order(ByteOrder.LITTLE_ENDIAN), header);
        Pointer options = tiff.TIFFOpenOptionsAlloc();
        tiff.TIFFOpenOptionsSetErrorHandlerExtR(options, complaint, null);
        tiff.TIFFOpenOptionsSetWarningHandlerExtR(options, complaint, null);
        handle =
                tiff.TIFFClientOpenExt(
                        "", "r", null, read, write, seek, close, size, map, unmap, options);
        tiff.TIFFOpenOptionsFree(options);
        if (handle != null) {
            tiff.TIFFSetField(handle, JPEG_COLOR_MODE, RGB);
        }
    }

    /** Writes the entries in the order of their tags, as TIFF 6.0 requires. */
    private static void write(ByteBuffer out, JpegHeader header) {
        out.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8);
        out.putShort((short) ENTRIES);
        entry(out, 256, LONG, 1, header.width());
        entry(out, 257, LONG, 1, header.height());
        entry(out, 258, SHORT, 3, BITS_AT);
        entry(out, 259, SHORT, 1, 7); // compression: JPEG
        entry(out, 262, SHORT, 1, 6); // photometric interpretation: YCbCr
        entry(out, 273, LONG, 1, BITS_AT); // offset of its only strip
        entry(out, 277, SHORT, 1, 3); // samples per pixel
        entry(out, 278, LONG, 1, header.height()); // rows per strip
        entry(out, 279, LONG, 1, 8); // length of the strip in bytes
        entry(out, 530, SHORT, 2, header.across() | header.down() << 16);
        out.putInt(0);
        out.putShort((short) 8).putShort((short) 8).putShort((short) 8);
    }

    private static void entry(ByteBuffer out, int tag, int type, int count, int value) {
        out.putShort((short) tag).putShort((short) type).putInt(count).putInt(value);
    }

    /** Decodes a JPEG to RGB; returns false if libtiff reports any error. */
    boolean decode(Pointer jpeg, long length, Pointer out, long bytes) {
        return handle != null
                && tiff.TIFFReadFromUserBuffer(handle, 0, jpeg, length, out, bytes) == 1
                && !complained;
    }

    @Override
    public void close() {
        if (handle != null) {
            tiff.TIFFClose(handle);
        }
    }

    private long read(Pointer self, Pointer buffer, long count) {
        int bytes = (int) Math.max(0, Math.min(count, SIZE - position));
        buffer.write(0, file.getByteArray(position, bytes), 0, bytes);
        position += bytes;
        return bytes;
    }

    private long seek(Pointer self, long offset, int whence) {
        position =
                switch (whence) {
                    case 1 -> position + offset;
                    case 2 -> SIZE + offset;
                    default -> offset;
                };
        return position;
    }

    /** Maps the file, which is already in memory. */
    private int map(Pointer self, PointerByReference base, LongByReference count) {
        base.setValue(file);
        count.setValue(SIZE);
        return 1;
    }

    private int complained(
            Pointer self, Pointer userData, Pointer module, Pointer format, Pointer values) {
        complained = true;
        return 1;
    }
}
