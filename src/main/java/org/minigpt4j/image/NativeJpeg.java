package org.minigpt4j.image;

import com.sun.jna.Memory;

import java.lang.ref.Cleaner;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Decodes colour JPEGs with libjpeg-turbo, as Pillow does. Pixels equal those of the JDK's decoder
 * and take at most half the time.
 *
 * <p>libjpeg-turbo is called through libtiff, because a TIFF file may contain a JPEG file. Of the
 * available libraries, only libtiff writes pixels into our buffer, returns after an error, and
 * reports errors to a callback instead of the error stream. A file with an error goes to the JDK's
 * decoder, which explains the error. Serves one thread.
 */
final class NativeJpeg {

    private static final Cleaner CLEANER = Cleaner.create();

    /**
     * Maximum buffer size in bytes that is kept between pictures: enough for five million pixels.
     */
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

    /** Decodes a complete file of luma and two colour differences; empty for other files. */
    Optional<RgbImage> decode(byte[] file, JpegHeader header) {
        int bytes = Math.multiplyExact(3, header.width() * header.height());
        in = room(in, file.length);
        out = room(out, bytes);
        in.write(0, file, 0, file.length);
        // The pictures of a data set mostly have the same size; opening again would take a tenth of
        // the time.
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
