package org.minigpt4j.image;

import org.minigpt4j.config.ResizeMode;
import org.minigpt4j.io.Sha256;

import java.nio.ByteBuffer;
import java.util.concurrent.CancellationException;

/**
 * Turns downloaded bytes into the JPEG of a shard, like img2dataset: size rules are applied to the
 * header, the picture is decoded once, shrunk by area or enlarged by Lanczos, blended onto white
 * and encoded. With the JDK's decoder, a JPEG stays in luma and colour differences throughout. That
 * saves two conversions per pixel and is at most one level off. Safe for use by many threads.
 */
public final class PicturePreparer {

    private static final String FAILED = "failed_to_resize";
    private static final String UNDECODABLE = "image decoding error";

    /** The longest side in pixels that the encoder supports. */
    private static final int LONGEST_SIDE = 65_500;

    /** Bytes per sample needed while enlarging: one int. */
    private static final int ENLARGING = 4;

    private static final byte[] WHITE_RGB = {(byte) 255, (byte) 255, (byte) 255};
    private static final byte[] WHITE_YCC = {(byte) 255, (byte) 128, (byte) 128};

    private final PictureSettings settings;
    private final ImageDecoder decoder;

    /** Creates a preparer with these settings. */
    public PicturePreparer(PictureSettings settings) {
        this.settings = settings;
        this.decoder = new ImageDecoder(settings.maxPixels(), ImageDecoder.Transparency.ON_WHITE);
    }

    /**
     * Prepares a picture for the shard, or returns why it was rejected. Never throws because of the
     * bytes.
     *
     * @throws CancellationException if the thread is interrupted
     */
    public Prepared prepare(byte[] bytes) {
        try {
            ImageDecoder.Size size = decoder.size(bytes);
            String refused = refused(size.width(), size.height());
            return refused == null ? made(bytes) : new Prepared.Rejected(FAILED, refused);
        } catch (BadImageException e) {
            return new Prepared.Rejected(FAILED, reason(e.fault()));
        } catch (CancellationException e) {
            throw e;
        } catch (RuntimeException | StackOverflowError e) {
            // Bytes from the web reach libraries here; an unexpected exception of theirs loses only
            // one pair.
            return new Prepared.Rejected(FAILED, UNDECODABLE);
        }
    }

    private Prepared made(byte[] bytes) throws BadImageException {
        ImageDecoder.Samples decoded = decoder.samples(bytes);
        Exif exif = Exif.of(bytes);
        Pixels pixels = new Pixels(decoded.width(), decoded.height(), decoded.bytes());
        if (settings.applyOrientation()) {
            pixels = pixels.turned(exif.orientation());
        }
        Pixels sized = sized(pixels);
        long hash = PerceptualHash.of(sized, decoded.ycc());
        byte[] white = decoded.ycc() ? WHITE_YCC : WHITE_RGB;
        Pixels done = stays(pixels) ? pixels : framed(sized, white);
        return new Prepared.Picture(
                JpegFile.of(done, decoded.ycc(), settings.quality()),
                done.width(),
                done.height(),
                decoded.width(),
                decoded.height(),
                settings.extractExif() ? exif.json() : "{}",
                new Sha256().update(ByteBuffer.wrap(bytes)).hex(),
                hash);
    }

    private String refused(int width, int height) {
        int shorter = Math.min(width, height);
        int longer = Math.max(width, height);
        long area = (long) width * height;
        if (shorter < settings.minSize()) {
            return "image too small";
        } else if (area < settings.minArea()) {
            return "image area too small";
        } else if (settings.maxArea() > 0 && area > settings.maxArea()) {
            return "image area too large";
        } else if (settings.maxAspectRatio() > 0
                && (double) longer / shorter > settings.maxAspectRatio()) {
            return "aspect ratio too large";
        }
        return isSliver(width, height) ? "image too long for its width" : null;
    }

    /**
     * Whether the picture is so thin that scaling it makes its longer side or its area too large.
     */
    private boolean isSliver(int width, int height) {
        int shorter = Math.min(width, height);
        int side = side(width, height);
        boolean stays = stays(side);
        double scale = stays ? 1 : settings.size() / (double) side;
        double longer = Math.max(width, height) * scale;
        double area = longer * Math.max(1, shorter * scale);
        return !isFramed(stays) && longer > LONGEST_SIDE
                || scale > 1 && area > Math.max(settings.maxPixels() / ENLARGING, bound());
    }

    /**
     * A picture with the configured {@code size} is always allowed, whatever {@code maxPixels}
     * says.
     */
    private long bound() {
        return (long) settings.size() * settings.size();
    }

    /** Whether the picture is put into a square. */
    private boolean isFramed(boolean stays) {
        return !stays
                && (settings.mode() == ResizeMode.BORDER
                        || settings.mode() == ResizeMode.CENTER_CROP);
    }

    private static String reason(ImageFault fault) {
        return switch (fault) {
            case TOO_MANY_PIXELS -> "image has too many pixels";
            case TOO_COMPLEX -> "image is too complex";
            case EMPTY -> "image is empty";
            case BROKEN -> UNDECODABLE;
        };
    }

    /** The resized picture, before padding or cropping. */
    private Pixels sized(Pixels in) {
        if (stays(in)) {
            return in;
        }
        double scale = settings.size() / (double) side(in.width(), in.height());
        int width = scaled(in.width(), scale);
        int height = scaled(in.height(), scale);
        return scale < 1
                ? AreaResize.shrink(in, width, height)
                : LanczosResize.enlarge(in, width, height);
    }

    /** The side that is scaled to {@code size}. */
    private int side(int width, int height) {
        return switch (settings.mode()) {
            case BORDER, KEEP_RATIO_LARGEST -> Math.max(width, height);
            case NO, KEEP_RATIO, CENTER_CROP -> Math.min(width, height);
        };
    }

    private boolean stays(Pixels in) {
        return stays(side(in.width(), in.height()));
    }

    private boolean stays(int side) {
        return settings.mode() == ResizeMode.NO || settings.onlyShrink() && side <= settings.size();
    }

    /** Python's rounding, as in albumentations; at least one pixel. */
    private static int scaled(int length, double scale) {
        return (int) Math.max(1, Math.rint(length * scale));
    }

    private Pixels framed(Pixels sized, byte[] white) {
        int size = settings.size();
        return switch (settings.mode()) {
            case BORDER -> sized.padded(size, size, white);
            case CENTER_CROP ->
                    sized.cropped(
                            (sized.width() - size) / 2, (sized.height() - size) / 2, size, size);
            case NO, KEEP_RATIO, KEEP_RATIO_LARGEST -> sized;
        };
    }
}
