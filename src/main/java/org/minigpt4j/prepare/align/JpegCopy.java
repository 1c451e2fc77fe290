package org.minigpt4j.prepare.align;

import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.image.BadImageException;
import org.minigpt4j.image.ImageDecoder;
import org.minigpt4j.image.JpegEncoder;
import org.minigpt4j.image.PictureReader;

/** A picture file as a JPEG file: one that is JPEG as it is, others on white at quality 95. */
final class JpegCopy {

    private static final int QUALITY = 95;

    /** The side that pictures are decoded to, only to see whether they can be. */
    private static final int SIDE = 32;

    private static final ImageDecoder ON_WHITE =
            new ImageDecoder(ImageDecoder.MAX_PIXELS, ImageDecoder.Transparency.ON_WHITE);

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
            return jpeg ? file : JpegEncoder.encode(ON_WHITE.decode(file), QUALITY);
        } catch (MiniGpt4Exception e) {
            throw new PairSource.Unusable("the picture " + e.getMessage());
        } catch (BadImageException e) {
            throw new PairSource.Unusable("the picture cannot be decoded: " + e.getMessage());
        }
    }
}
