package org.minigpt4j.image;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.ptr.IntByReference;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.leptonica.global.leptonica;
import org.slf4j.LoggerFactory;

import java.util.Optional;

/**
 * The decoders in Leptonica's library, which Pillow uses as well. Any number of threads may share.
 */
final class NativeCodecs {

    private final LibWebp webp;
    private final ThreadLocal<NativeJpeg> jpeg;

    private NativeCodecs(LibTiff tiff, LibWebp webp) {
        this.webp = webp;
        this.jpeg = ThreadLocal.withInitial(() -> new NativeJpeg(tiff));
    }

    /** Empty where the library does not run or lacks what is needed. */
    static Optional<NativeCodecs> load() {
        try {
            String library = Loader.load(leptonica.class);
            LibTiff tiff = Native.load(library, LibTiff.class);
            LibWebp webp = Native.load(library, LibWebp.class);
            tiff.TIFFOpenOptionsFree(tiff.TIFFOpenOptionsAlloc());
            webp.WebPGetInfo(new byte[1], 1, null, null);
            return Optional.of(new NativeCodecs(tiff, webp));
        } catch (LinkageError e) {
            LoggerFactory.getLogger(NativeCodecs.class)
                    .info("pictures are decoded in Java, which takes longer: {}", e.toString());
            return Optional.empty();
        }
    }

    /** The picture, if the file is a whole JPEG of luma and two colour differences. */
    Optional<RgbImage> jpeg(byte[] file, JpegHeader header) {
        return jpeg.get().decode(file, header);
    }

    /** What the header of a WebP file says, if it is whole. */
    Optional<ImageDecoder.Size> webpSize(byte[] file) {
        IntByReference width = new IntByReference();
        IntByReference height = new IntByReference();
        return webp.WebPGetInfo(file, file.length, width, height) == 1
                ? Optional.of(new ImageDecoder.Size(width.getValue(), height.getValue()))
                : Optional.empty();
    }

    /** Red, green, blue and alpha of a WebP file that is whole and does not move. */
    Optional<byte[]> webp(byte[] file, ImageDecoder.Size size) {
        int stride = Math.multiplyExact(4, size.width());
        int bytes = Math.multiplyExact(stride, size.height());
        try (Memory out = new Memory(bytes)) {
            return webp.WebPDecodeRGBAInto(file, file.length, out, bytes, stride) == null
                    ? Optional.empty()
                    : Optional.of(out.getByteArray(0, bytes));
        }
    }
}
