package org.minigpt4j.image;

import java.util.Arrays;

/**
 * A picture with three samples per pixel, row by row. The owner knows which colours they are.
 *
 * @param samples {@code height * width * 3} unsigned bytes
 */
record Pixels(int width, int height, byte[] samples) {

    Pixels {
        if (samples.length != width * height * 3) {
            throw new IllegalArgumentException(
                    samples.length + " samples for " + width + " x " + height);
        }
    }

    /** This picture centred on a larger area of one colour. */
    Pixels padded(int newWidth, int newHeight, byte[] color) {
        byte[] out = new byte[newWidth * newHeight * 3];
        int top = (newHeight - height) / 2;
        int left = (newWidth - width) / 2;
        byte[] line = new byte[newWidth * 3];
        for (int x = 0; x < line.length; x++) {
            line[x] = color[x % 3];
        }
        for (int y = 0; y < newHeight; y++) {
            System.arraycopy(line, 0, out, y * newWidth * 3, newWidth * 3);
        }
        for (int y = 0; y < height; y++) {
            System.arraycopy(
                    samples, y * width * 3, out, ((top + y) * newWidth + left) * 3, width * 3);
        }
        return new Pixels(newWidth, newHeight, out);
    }

    /** A part of this picture. */
    Pixels cropped(int left, int top, int newWidth, int newHeight) {
        byte[] out = new byte[newWidth * newHeight * 3];
        for (int y = 0; y < newHeight; y++) {
            int from = ((top + y) * width + left) * 3;
            System.arraycopy(samples, from, out, y * newWidth * 3, newWidth * 3);
        }
        return new Pixels(newWidth, newHeight, out);
    }

    /** The picture turned by EXIF orientation 1 to 8; other values count as 1. */
    Pixels turned(int orientation) {
        if (orientation < 2 || orientation > 8) {
            return this;
        }
        boolean swapped = orientation >= 5;
        int newWidth = swapped ? height : width;
        int newHeight = swapped ? width : height;
        byte[] out = new byte[samples.length];
        for (int y = 0; y < newHeight; y++) {
            for (int x = 0; x < newWidth; x++) {
                int from = source(orientation, x, y) * 3;
                int to = (y * newWidth + x) * 3;
                out[to] = samples[from];
                out[to + 1] = samples[from + 1];
                out[to + 2] = samples[from + 2];
            }
        }
        return new Pixels(newWidth, newHeight, out);
    }

    /** Index of the stored pixel that is shown at x and y (TIFF 6.0, tag 274). */
    private int source(int orientation, int x, int y) {
        int right = width - 1;
        int bottom = height - 1;
        return switch (orientation) {
            case 2 -> y * width + right - x;
            case 3 -> (bottom - y) * width + right - x;
            case 4 -> (bottom - y) * width + x;
            case 5 -> x * width + y;
            case 6 -> (bottom - x) * width + y;
            case 7 -> (bottom - x) * width + right - y;
            case 8 -> x * width + right - y;
            default -> y * width + x;
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Pixels pixels
                && width == pixels.width
                && height == pixels.height
                && Arrays.equals(samples, pixels.samples);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(samples) + 31 * width;
    }

    @Override
    public String toString() {
        return width + " x " + height;
    }
}
