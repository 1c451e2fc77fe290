package org.minigpt4j.image;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.ptr.IntByReference;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.leptonica.global.leptonica;
import org.slf4j.LoggerFactory;

import java.util.Optional;

/** Decoders in Leptonica's library, the same as Pillow uses. Safe for use by many threads. */
final class NativeCodecs {

    private final LibWebp webp;
    private final ThreadLocal<NativeJpeg> jpeg;

    private NativeCodecs(LibTiff tiff, LibWebp webp) {
        this.webp = webp;
        this.jpeg = ThreadLocal.withInitial(() -> new NativeJpeg(tiff));
    }

    /** Loads the library; empty if it does not run here or lacks a function. */
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
                    .info(
                            "native picture decoders are not available, using slower Java decoders: {}",
                            e.toString());
            return Optional.empty();
        }
    }

    /** Decodes a complete JPEG with luma and two colour differences; empty for other files. */
    Optional<RgbImage> jpeg(byte[] file, JpegHeader header) {
        return jpeg.get().decode(file, header);
    }

    /** The size in a WebP file's header; empty if it is not complete. */
    Optional<ImageDecoder.Size> webpSize(byte[] file) {
        IntByReference width = new IntByReference();
        IntByReference height = new IntByReference();
        return webp.WebPGetInfo(file, file.length, width, height) == 1
                ? Optional.of(new ImageDecoder.Size(width.getValue(), height.getValue()))
                : Optional.empty();
    }

    /** Decodes a complete WebP file without animation to RGBA; empty for other files. */
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
