package org.minigpt4j.image;

import org.minigpt4j.config.ImageTransform;
import org.minigpt4j.random.RandomStream;

/**
 * Resizes decoded pictures for the model. Pixels stay RGB bytes; normalisation happens on the
 * device.
 *
 * @param transform how the square is chosen
 * @param imageSize its edge length in pixels
 * @param minScale smallest fraction of the area that a random crop keeps
 * @param maxScale largest fraction
 */
public record ImageProcessor(
        ImageTransform transform, int imageSize, double minScale, double maxScale) {

    private static final int TRIES = 10;
    private static final double MIN_RATIO = 3.0 / 4;
    private static final double MAX_RATIO = 4.0 / 3;

    /** Checks that the size is positive and the scales are in order. */
    public ImageProcessor {
        if (imageSize < 1 || minScale <= 0 || maxScale < minScale) {
            throw new IllegalArgumentException(
                    "image size %d, scale %s to %s".formatted(imageSize, minScale, maxScale));
        }
    }

    /** Resizes the whole picture to a square. */
    public static ImageProcessor resize(int imageSize) {
        return new ImageProcessor(ImageTransform.RESIZE, imageSize, 1, 1);
    }

    /** A random crop with the reference's scales, 0.5 to 1 of the area. */
    public static ImageProcessor randomResizedCrop(int imageSize) {
        return new ImageProcessor(ImageTransform.RANDOM_RESIZED_CROP, imageSize, 0.5, 1);
    }

    /** Returns {@code imageSize * imageSize * 3} bytes, RGB, row by row. */
    public byte[] apply(RgbImage image, RandomStream random, BicubicResize resize) {
        Box box =
                switch (transform) {
                    case RESIZE -> Box.whole(image);
                    case RANDOM_RESIZED_CROP -> crop(image.width(), image.height(), random);
                };
        return resize.toSquare(image, box, imageSize);
    }

    /** torchvision's {@code RandomResizedCrop.get_params}, with our random numbers. */
    Box crop(int width, int height, RandomStream random) {
        for (int i = 0; i < TRIES; i++) {
            double area = (double) width * height * random.nextDouble(minScale, maxScale);
            double ratio = Math.exp(random.nextDouble(Math.log(MIN_RATIO), Math.log(MAX_RATIO)));
            int w = (int) Math.rint(Math.sqrt(area * ratio));
            int h = (int) Math.rint(Math.sqrt(area / ratio));
            if (0 < w && w <= width && 0 < h && h <= height) {
                int top = random.nextInt(height - h + 1);
                int left = random.nextInt(width - w + 1);
                return new Box(left, top, w, h);
            }
        }
        return central(width, height);
    }

    /** The largest central part whose aspect ratio is allowed. */
    private static Box central(int width, int height) {
        double ratio = (double) width / height;
        int w = width;
        int h = height;
        if (ratio < MIN_RATIO) {
            h = (int) Math.rint(w / MIN_RATIO);
        } else if (ratio > MAX_RATIO) {
            w = (int) Math.rint(h * MAX_RATIO);
        }
        return new Box((width - w) / 2, (height - h) / 2, w, h);
    }
}
