package org.minigpt4j.prepare.fetch;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Random;

import javax.imageio.ImageIO;

/** Small pictures, a different one for every number and always the same for one. */
public final class TestPictures {

    private TestPictures() {}

    /** Sides of 40 to 339 pixels; shades and shapes. */
    public static BufferedImage picture(int number) {
        Random random = new Random(number);
        int width = 40 + random.nextInt(300);
        int height = 40 + random.nextInt(300);
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = image.createGraphics();
        Color from = new Color(random.nextInt(1 << 24));
        Color to = new Color(random.nextInt(1 << 24));
        pen.setPaint(new GradientPaint(0, 0, from, width, height, to));
        pen.fillRect(0, 0, width, height);
        for (int i = 0; i < 6; i++) {
            pen.setColor(new Color(random.nextInt(1 << 24)));
            pen.fillOval(
                    random.nextInt(width),
                    random.nextInt(height),
                    10 + random.nextInt(width / 2),
                    10 + random.nextInt(height / 2));
        }
        pen.dispose();
        return image;
    }

    /** The same as a JPEG file. */
    public static byte[] jpeg(int number) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(picture(number), "jpeg", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
