package org.minigpt4j.image;

import com.sun.jna.Memory;

import java.lang.ref.Cleaner;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Colour JPEGs by libjpeg-turbo, the decoder that Pillow uses, with the JDK decoder's pixels and in
 * half of its time or less.
 *
 * <p>The way to it is libtiff, since a TIFF file may hold its picture as a JPEG file. Of the
 * libraries at hand libtiff alone writes the pixels where they are wanted, comes back when a file
 * is damaged and tells a function of ours of it instead of the error stream. What it complains of
 * is left to the JDK's decoder, which says what is wrong. Serves one thread.
 */
final class NativeJpeg {

    private static final Cleaner CLEANER = Cleaner.create();

    /** Memory that is kept from picture to picture, at most: enough for five million pixels. */
    private static final int MOST_KEPT = 1 << 24;

    private final LibTiff tiff;
    private final AtomicReference<TiffPicture> open = new AtomicReference<>();
    private JpegHeader shape;
    private Memory in = new Memory(1 << 16);
    private Memory out = new Memory(1 << 16);

    NativeJpeg(LibTiff tiff) {
        this.tiff = tiff;
        AtomicReference<TiffPicture> last = open;
        CLEANER.register(this, () -> close(last));
    }

    /** The picture, if the file is a whole one of luma and two colour differences. */
    Optional<RgbImage> decode(byte[] file, JpegHeader header) {
        int bytes = Math.multiplyExact(3, header.width() * header.height());
        in = room(in, file.length);
        out = room(out, bytes);
        in.write(0, file, 0, file.length);
        // Pictures of a data set mostly have one size, and opening takes a tenth of the time.
        if (!header.equals(shape)) {
            close(open);
            shape = header;
            open.set(new TiffPicture(tiff, header));
        }
        if (!open.get().decode(in, file.length, out, bytes)) {
            close(open);
            shape = null;
            return Optional.empty();
        }
        return Optional.of(
                new RgbImage(header.width(), header.height(), out.getByteArray(0, bytes)));
    }

    private static void close(AtomicReference<TiffPicture> open) {
        TiffPicture last = open.getAndSet(null);
        if (last != null) {
            last.close();
        }
    }

    private static Memory room(Memory memory, long size) {
        if (memory.size() >= size && memory.size() <= Math.max(size, MOST_KEPT)) {
            return memory;
        }
        memory.close();
        return new Memory(size);
    }
}
