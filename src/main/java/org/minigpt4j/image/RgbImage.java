package org.minigpt4j.image;

/**
 * A decoded picture.
 *
 * @param rgb {@code height * width * 3} unsigned bytes, row by row, RGB
 */
public record RgbImage(int width, int height, byte[] rgb) {

    /** Checks that the number of bytes fits the size. */
    public RgbImage {
        if (width <= 0 || height <= 0 || rgb.length != width * height * 3) {
            throw new IllegalArgumentException(
                    "%d bytes for %d x %d pixels".formatted(rgb.length, width, height));
        }
    }
}
