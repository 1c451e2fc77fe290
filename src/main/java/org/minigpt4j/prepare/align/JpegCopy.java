package org.minigpt4j.prepare.align;

import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.image.JpegEncoder;
import org.minigpt4j.image.PictureReader;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;

import javax.imageio.ImageIO;

/** A picture file as a JPEG file: one that is JPEG as it is, others on white at quality 95. */
final class JpegCopy {

    private static final int QUALITY = 95;

    /** The side that pictures are decoded to, only to see whether they can be. */
    private static final int SIDE = 32;

    private JpegCopy() {}

    /**
     * The bytes of a JPEG file that training can decode to its end.
     *
     * @throws PairSource.Unusable if it cannot
     */
    static byte[] of(byte[] file) throws PairSource.Unusable {
        try {
            new PictureReader(SIDE).read(file);
            boolean jpeg = file.length > 2 && file[0] == (byte) 0xFF && file[1] == (byte) 0xD8;
            return jpeg ? file : encode(ImageIO.read(new ByteArrayInputStream(file)));
        } catch (MiniGpt4Exception e) {
            throw new PairSource.Unusable("the picture " + e.getMessage());
        } catch (IOException e) {
            throw new PairSource.Unusable("the picture cannot be decoded: " + e.getMessage());
        }
    }

    private static byte[] encode(BufferedImage image) {
        BufferedImage plain =
                new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = plain.createGraphics();
        graphics.drawImage(image, 0, 0, Color.WHITE, null);
        graphics.dispose();
        return JpegEncoder.encode(plain, QUALITY);
    }
}
