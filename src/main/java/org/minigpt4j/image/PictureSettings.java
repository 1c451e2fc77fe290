package org.minigpt4j.image;

import org.minigpt4j.config.ResizeMode;

import java.io.Serializable;

/**
 * Which pictures are kept, and how they are resized.
 *
 * @param size the size S of {@link ResizeMode}, in pixels
 * @param quality JPEG quality, 1 to 100
 * @param onlyShrink keeps pictures that are not larger than S unchanged in size
 * @param applyOrientation rotates the picture by its EXIF orientation; img2dataset does not
 * @param extractExif keeps the EXIF data as JSON
 * @param minSize pictures whose shorter side has fewer pixels are rejected
 * @param maxAspectRatio maximum ratio of longer to shorter side; 0 for no limit
 * @param minArea minimum area in pixels
 * @param maxArea maximum area in pixels; 0 for no limit
 * @param maxPixels safety limit: files with more pixels in the header are not decoded
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

    /** Checks the ranges. */
    public PictureSettings {
        if (size < 1 || quality < 1 || quality > 100 || maxPixels < 1) {
            throw new IllegalArgumentException(
                    "size " + size + ", quality " + quality + ", maxPixels " + maxPixels);
        }
    }

    /** The reference's settings: bordered to 256 pixels on white, quality 95, nothing rejected. */
    public static PictureSettings defaults() {
        return new PictureSettings(
                ResizeMode.BORDER, 256, 95, false, false, true, 0, 0, 0, 0, 89_478_485L);
    }

    /** The same settings with another mode and size. */
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
