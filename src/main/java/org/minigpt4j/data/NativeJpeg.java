package org.minigpt4j.data;

import static org.bytedeco.leptonica.global.leptonica.L_SEVERITY_NONE;
import static org.bytedeco.leptonica.global.leptonica.pixDestroy;
import static org.bytedeco.leptonica.global.leptonica.pixGetData;
import static org.bytedeco.leptonica.global.leptonica.pixGetDepth;
import static org.bytedeco.leptonica.global.leptonica.pixGetHeight;
import static org.bytedeco.leptonica.global.leptonica.pixGetWidth;
import static org.bytedeco.leptonica.global.leptonica.pixReadMemJpeg;
import static org.bytedeco.leptonica.global.leptonica.setMsgSeverity;

import org.bytedeco.leptonica.PIX;
import org.slf4j.LoggerFactory;

import java.util.Optional;

/**
 * Colour JPEGs by libjpeg-turbo, which the library Leptonica carries: the decoder that Pillow uses,
 * with the JDK decoder's pixels, faster. What it cannot do without a warning is left to the JDK's,
 * which says what is wrong. Safe for use by many threads.
 */
final class NativeJpeg {

    private static final int WHOLE_SIZE = 1;

    private NativeJpeg() {
        setMsgSeverity(L_SEVERITY_NONE); // it would write to the error stream
    }

    /** Empty where the library does not run; the pixels are the same without it. */
    static Optional<NativeJpeg> load() {
        try {
            return Optional.of(new NativeJpeg());
        } catch (LinkageError e) {
            LoggerFactory.getLogger(NativeJpeg.class)
                    .info(
                            "JPEG files are decoded by the JDK, which takes longer: {}",
                            e.toString());
            return Optional.empty();
        }
    }

    /** The picture, if the file is a whole one of three colours. */
    Optional<RgbImage> decode(byte[] file) {
        int[] warnings = new int[1];
        PIX picture = pixReadMemJpeg(file, file.length, 0, WHOLE_SIZE, warnings, 0);
        if (picture == null) {
            return Optional.empty();
        }
        try {
            return warnings[0] == 0 && pixGetDepth(picture) == 32
                    ? Optional.of(rgb(picture))
                    : Optional.empty();
        } finally {
            pixDestroy(picture);
        }
    }

    private static RgbImage rgb(PIX picture) {
        int width = pixGetWidth(picture);
        int height = pixGetHeight(picture);
        int[] pixels = new int[width * height]; // red in the highest byte
        pixGetData(picture).get(pixels);
        byte[] rgb = new byte[pixels.length * 3];
        int at = 0;
        for (int pixel : pixels) {
            rgb[at] = (byte) (pixel >> 24);
            rgb[at + 1] = (byte) (pixel >> 16);
            rgb[at + 2] = (byte) (pixel >> 8);
            at += 3;
        }
        return new RgbImage(width, height, rgb);
    }
}
