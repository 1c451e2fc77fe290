package org.minigpt4j.prepare.report;

import org.minigpt4j.image.JpegEncoder;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;

import javax.imageio.IIOException;
import javax.imageio.ImageIO;

/** Small JPEG files for looking at; not for training. */
final class Thumbnail {

    private static final int QUALITY = 80;

    private Thumbnail() {}

    /** The picture with its longer side at most {@code side} pixels, on white. */
    static byte[] of(byte[] picture, int side) throws IOException {
        BufferedImage image;
        try {
            image = ImageIO.read(new ByteArrayInputStream(picture));
        } catch (RuntimeException e) {
            throw new IIOException(e.toString(), e); // decoders of broken files throw anything
        }
        if (image == null) {
            throw new IIOException("no known picture format");
        }
        double scale = Math.min(1, (double) side / Math.max(image.getWidth(), image.getHeight()));
        int width = Math.max(1, (int) Math.round(image.getWidth() * scale));
        int height = Math.max(1, (int) Math.round(image.getHeight() * scale));
        BufferedImage step = image;
        // Halving first: bilinear alone would skip pixels.
        while (step.getWidth() >= 2 * width && step.getHeight() >= 2 * height) {
            step = draw(step, step.getWidth() / 2, step.getHeight() / 2);
        }
        return JpegEncoder.encode(draw(step, width, height), QUALITY);
    }

    private static BufferedImage draw(BufferedImage image, int width, int height) {
        BufferedImage drawn = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = drawn.createGraphics();
        graphics.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(image, 0, 0, width, height, Color.WHITE, null);
        graphics.dispose();
        return drawn;
    }
}
