package org.minigpt4j.image;

import org.minigpt4j.config.ResizeMode;

import java.io.Serializable;

/**
 * What is kept and how it is brought to size.
 *
 * @param size S of {@link ResizeMode}, in pixels
 * @param quality of the JPEG, 1 to 100
 * @param onlyShrink leaves pictures that are no larger than S as they are
 * @param applyOrientation turns the picture as its EXIF data say; img2dataset does not
 * @param extractExif keeps the EXIF data as JSON
 * @param minSize of the shorter side in pixels, below which a picture is rejected
 * @param maxAspectRatio longer side over shorter; 0 for any
 * @param minArea and {@code maxArea} in pixels; a {@code maxArea} of 0 is any
 * @param maxPixels a safety limit: a file whose header gives more is not decoded
 */
public record PictureSettings(
        ResizeMode mode,
        int size,
        int quality,
        boolean onlyShrink,
        boolean applyOrientation,
        boolean extractExif,
        int minSize,
        double maxAspectRatio,
        long minArea,
        long maxArea,
        long maxPixels)
        implements Serializable {

    /** Checks the numbers. */
    public PictureSettings {
        if (size < 1 || quality < 1 || quality > 100 || maxPixels < 1) {
            throw new IllegalArgumentException(
                    "size " + size + ", quality " + quality + ", maxPixels " + maxPixels);
        }
    }

    /** The reference's: on a white square of 256 pixels, quality 95, nothing rejected. */
    public static PictureSettings defaults() {
        return new PictureSettings(
                ResizeMode.BORDER, 256, 95, false, false, true, 0, 0, 0, 0, 89_478_485L);
    }

    /** The same in another mode and size. */
    public PictureSettings with(ResizeMode otherMode, int otherSize) {
        return new PictureSettings(
                otherMode,
                otherSize,
                quality,
                onlyShrink,
                applyOrientation,
                extractExif,
                minSize,
                maxAspectRatio,
                minArea,
                maxArea,
                maxPixels);
    }
}
