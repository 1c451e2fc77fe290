package org.minigpt4j.image;

import org.minigpt4j.image.JpegHeader.Coding;
import org.minigpt4j.io.ForeignText;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;

import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * Decodes picture files to RGB like {@code PIL.Image.open(file).convert("RGB")}: JPEG, PNG, WebP,
 * GIF (its first picture), BMP and TIFF, recognised by content. Alpha is dropped, not blended;
 * palettes are looked up; gray is repeated. Of 16-bit samples the high byte is used, except in gray
 * pictures, where values above 255 become 255. CMYK is read as Adobe writes it. Colour profiles and
 * EXIF orientation have no effect.
 *
 * <p><b>Time.</b> Limits on pixels and work are checked against the header ({@link JpegScans}), so
 * a file is accepted or refused alike on every machine. No picture takes more than about ten
 * seconds of processor time, and an interrupt of the thread ends decoding within a second or two
 * ({@link Stops}).
 */
public final class ImageDecoder {

    /** JPEGs with more blocks go to the JDK's decoder, which can be stopped between two reads. */
    private static final int QUICK_BLOCKS = 2_500_000;

    /**
     * Bytes passed to a decoder per read. Complex files get few, because every few bytes may be a
     * scan of the whole picture.
     */
    private static final int ALL_AT_ONCE = Integer.MAX_VALUE;

    private static final int LITTLE_BY_LITTLE = 256;

    private static final String DAMAGED = "its data are damaged";
    private static final String CUT_SHORT = "the file ends before the picture does";

    private final long maxPixels;
    private final Transparency transparency;
    private final Optional<NativeCodecs> codecs;

    /** How a picture's alpha is handled. */
    public enum Transparency {
        /** Ignored, like Pillow's {@code convert("RGB")}. */
        DROPPED,
        /** The picture is blended onto white, as in img2dataset. */
        ON_WHITE
    }

    /** A picture's size in pixels, from its header. */
    public record Size(int width, int height) {}

    /**
     * A decoded picture in the colours in which the decoder produced it.
     *
     * @param bytes {@code height * width * 3} samples, row by row
     * @param ycc true for luma, blue and red difference, as in JPEG files; false for RGB
     */
    public record Samples(int width, int height, byte[] bytes, boolean ycc) {}

    /** Default limit of pixels: the number at which Pillow warns of a decompression bomb. */
    public static final long MAX_PIXELS = 89_478_485;

    /**
     * Creates a decoder that refuses pictures with more than {@code maxPixels} pixels before
     * decoding them.
     */
    public ImageDecoder(long maxPixels) {
        this(maxPixels, Transparency.DROPPED);
    }

    /** Creates a decoder that also handles alpha as given. */
    public ImageDecoder(long maxPixels, Transparency transparency) {
        this(maxPixels, transparency, NativeCodecs.load());
    }

    /** Creates a decoder with or without native code. */
    public ImageDecoder(long maxPixels, Transparency transparency, Optional<NativeCodecs> codecs) {
        this.maxPixels = maxPixels;
        this.transparency = transparency;
        this.codecs = codecs;
    }

    /**
     * Returns the size from the header, without decoding.
     *
     * @throws BadImageException if the header is damaged, the format is unknown, or there are more
     *     pixels than allowed
     */
    public Size size(byte[] file) throws BadImageException {
        try {
            Size size = headerOf(file);
            check(size);
            return size;
        } catch (IOException | RuntimeException | StackOverflowError e) {
            throw broken(e);
        }
    }

    /**
     * Decodes a picture.
     *
     * @throws BadImageException if it is not a picture, is damaged, has more pixels than allowed,
     *     or would take too long
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     */
    public RgbImage decode(byte[] file) throws BadImageException {
        Stops.requireGoing();
        try {
            if (JpegHeader.isJpeg(file)) {
                return jpeg(file, jpegHead(file));
            }
            Size size = size(file);
            boolean onWhite = transparency == Transparency.ON_WHITE;
            if (PngDecoder.isPng(file)) {
                return PngDecoder.decode(file, onWhite);
            } else if (GifDecoder.isGif(file)) {
                return GifDecoder.decode(file, onWhite);
            } else if (BmpDecoder.isBmp(file)) {
                return BmpDecoder.decode(file);
            } else if (TiffHeader.isTiff(file)) {
                return toRgb(read("tiff", TiffHeader.read(file).plain(), r -> r.read(0)));
            }
            return webp(file, size);
        } catch (IOException | RuntimeException | StackOverflowError e) {
            throw broken(e);
        }
    }

    /**
     * Decodes a picture into the colours that are cheapest: RGB from native code, or a JPEG's
     * original colours from the JDK's decoder, which saves a third of its time.
     *
     * @throws BadImageException as {@link #decode} does
     */
    public Samples samples(byte[] file) throws BadImageException {
        Stops.requireGoing();
        if (JpegHeader.isJpeg(file)) {
            try {
                JpegHead head = jpegHead(file);
                JpegHeader header = head.header();
                boolean ycc = header.coding() == Coding.YCC && codecs.isEmpty();
                if (ycc || header.coding() == Coding.GRAY) {
                    byte[] plain = header.plain(file);
                    return ycc(read("jpeg", plain, head.piece(), r -> r.readRaster(0, null)));
                }
                return rgb(jpeg(file, head));
            } catch (IOException | RuntimeException | StackOverflowError e) {
                throw broken(e);
            }
        }
        return rgb(decode(file));
    }

    private static Samples rgb(RgbImage image) {
        return new Samples(image.width(), image.height(), image.rgb(), false);
    }

    private static Samples ycc(Raster raster) {
        int width = raster.getWidth();
        int height = raster.getHeight();
        byte[] stored = ((DataBufferByte) raster.getDataBuffer()).getData();
        if (raster.getNumBands() == 3) {
            return new Samples(width, height, stored, true);
        }
        byte[] bytes = new byte[width * height * 3];
        Arrays.fill(bytes, (byte) 128);
        for (int i = 0; i < width * height; i++) {
            bytes[3 * i] = stored[i];
        }
        return new Samples(width, height, bytes, true);
    }

    private static BadImageException broken(Throwable e) {
        if (e instanceof CancellationException stop) {
            throw stop;
        }
        if (e.getCause() instanceof BadImageException known) {
            return known;
        }
        // The decoder read past the end, or its message is useless.
        boolean early = e instanceof IndexOutOfBoundsException || e instanceof EOFException;
        boolean told = e.getMessage() != null && e.getClass() == IIOException.class;
        String why = early ? CUT_SHORT : told ? ForeignText.line(e.getMessage()) : DAMAGED;
        return new BadImageException(ImageFault.BROKEN, why, e);
    }

    private Size headerOf(byte[] file) throws IOException, BadImageException {
        if (file.length == 0) {
            throw new BadImageException(ImageFault.EMPTY, "the picture has no bytes");
        } else if (JpegHeader.isJpeg(file)) {
            JpegHeader header = JpegHeader.read(file);
            return new Size(header.width(), header.height());
        } else if (PngDecoder.isPng(file)) {
            return PngDecoder.size(file);
        } else if (isWebp(file)) {
            return webpSize(file);
        } else if (GifDecoder.isGif(file)) {
            return GifDecoder.size(file);
        } else if (BmpDecoder.isBmp(file)) {
            return BmpDecoder.size(file);
        } else if (TiffHeader.isTiff(file)) {
            TiffHeader header = TiffHeader.read(file);
            return new Size(header.width(), header.height());
        }
        throw new BadImageException(
                ImageFault.BROKEN, "not a JPEG, PNG, WebP, GIF, BMP or TIFF file");
    }

    private static boolean isWebp(byte[] file) {
        return file.length > 12
                && new String(file, 0, 4, StandardCharsets.ISO_8859_1).equals("RIFF")
                && new String(file, 8, 4, StandardCharsets.ISO_8859_1).equals("WEBP");
    }

    /**
     * The size of a WebP file. It needs no native code, but decoding without it is a few levels
     * off: libwebp smooths colours.
     */
    private Size webpSize(byte[] file) throws IOException, BadImageException {
        // The RIFF length excludes its 8-byte header.
        if (Integer.reverseBytes(ByteBuffer.wrap(file).getInt(4)) > file.length - 8) {
            throw new IIOException(CUT_SHORT);
        }
        Optional<Size> size = codecs.flatMap(library -> library.webpSize(file));
        return size.isPresent()
                ? size.get()
                : read("webp", file, reader -> new Size(reader.getWidth(0), reader.getHeight(0)));
    }

    /**
     * Decodes a WebP file. Native code does not read animations; for these the Java decoder returns
     * the first picture.
     */
    private RgbImage webp(byte[] file, Size size) throws IOException, BadImageException {
        Optional<byte[]> rgba = codecs.flatMap(library -> library.webp(file, size));
        if (rgba.isEmpty()) {
            return toRgb(read("webp", file, reader -> reader.read(0)));
        }
        byte[] samples = rgba.get();
        byte[] rgb = new byte[samples.length / 4 * 3];
        for (int to = 0, from = 0; to < rgb.length; to += 3, from += 4) {
            int alpha = transparency == Transparency.ON_WHITE ? samples[from + 3] & 0xFF : 255;
            for (int band = 0; band < 3; band++) {
                int sample = samples[from + band] & 0xFF;
                rgb[to + band] = (byte) (alpha == 255 ? sample : onWhite(sample, alpha));
            }
        }
        return new RgbImage(size.width(), size.height(), rgb);
    }

    /** A JPEG's header, and whether decoding it is quick. */
    private record JpegHead(JpegHeader header, boolean quick) {
        int piece() {
            return quick ? ALL_AT_ONCE : LITTLE_BY_LITTLE;
        }
    }

    private JpegHead jpegHead(byte[] file) throws BadImageException {
        JpegHeader header = JpegHeader.read(file);
        check(new Size(header.width(), header.height()));
        JpegScans scans = JpegScans.of(file);
        if (scans.blocks() > JpegScans.MOST_BLOCKS) {
            throw new BadImageException(
                    ImageFault.TOO_COMPLEX,
                    "its scans go through more than %d blocks of 8 x 8 pixels"
                            .formatted(JpegScans.MOST_BLOCKS));
        }
        if (scans.lacksData()) {
            throw new BadImageException(
                    ImageFault.BROKEN,
                    "%d bytes cannot hold %d x %d pixels"
                            .formatted(file.length, header.width(), header.height()));
        }
        return new JpegHead(header, scans.blocks() <= QUICK_BLOCKS);
    }

    private RgbImage jpeg(byte[] file, JpegHead head) throws IOException, BadImageException {
        JpegHeader header = head.header();
        if (header.coding() == Coding.YCC && head.quick()) {
            Optional<RgbImage> fast = codecs.flatMap(library -> library.jpeg(file, header));
            if (fast.isPresent()) {
                return fast.get();
            }
        }
        byte[] plain = header.plain(file);
        int piece = head.piece();
        return switch (header.coding()) {
            case GRAY, RGB, YCC -> toRgb(read("jpeg", plain, piece, reader -> reader.read(0)));
            case CMYK, YCCK -> {
                Raster raster = read("jpeg", plain, piece, reader -> reader.readRaster(0, null));
                yield Cmyk.toRgb(raster, header.coding() == Coding.YCCK);
            }
        };
    }

    private void check(Size size) throws BadImageException {
        if (size.width() <= 0 || size.height() <= 0) {
            throw new BadImageException(
                    ImageFault.BROKEN,
                    String.format(
                            Locale.ROOT, "a picture of %d x %d", size.width(), size.height()));
        }
        if ((long) size.width() * size.height() > maxPixels) {
            throw new BadImageException(
                    ImageFault.TOO_MANY_PIXELS,
                    String.format(
                            Locale.ROOT,
                            "%d x %d pixels, more than %d",
                            size.width(),
                            size.height(),
                            maxPixels));
        }
    }

    private interface Reading<T> {
        T from(ImageReader reader) throws IOException;
    }

    private static <T> T read(String format, byte[] file, Reading<T> reading)
            throws IOException, BadImageException {
        return read(format, file, ALL_AT_ONCE, reading);
    }

    private static <T> T read(String format, byte[] file, int piece, Reading<T> reading)
            throws IOException, BadImageException {
        ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
        boolean[] cutShort = new boolean[1];
        reader.addIIOReadWarningListener(
                (source, warning) -> {
                    if (tellsOfAnEnd(warning)) {
                        cutShort[0] = true;
                        // otherwise the decoder spends time filling the rest with gray
                        source.abort();
                    }
                });
        Stops stops = new Stops();
        try (ImageInputStream in = new ByteArrayImageInput(file, stops, piece)) {
            reader.setInput(in, true, true);
            T result = reading.from(reader);
            stops.check();
            if (cutShort[0]) {
                throw new IIOException(CUT_SHORT);
            }
            return result;
        } finally {
            reader.dispose();
        }
    }

    /**
     * The decoder fills the missing part with gray and only warns; Pillow refuses such a picture.
     */
    private static boolean tellsOfAnEnd(String warning) {
        return warning.startsWith("Truncated File");
    }

    /**
     * Copies the picture's own samples; {@code getRGB} would convert gray through a colour space.
     */
    private RgbImage toRgb(BufferedImage image) {
        Raster raster = image.getRaster();
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] rgb = new byte[width * height * 3];
        if (image.getType() == BufferedImage.TYPE_3BYTE_BGR
                && raster.getSampleModel() instanceof PixelInterleavedSampleModel) {
            raster.getDataElements(0, 0, width, height, rgb);
            return new RgbImage(width, height, rgb);
        }
        int bands = raster.getNumBands();
        boolean wide = raster.getSampleModel().getDataType() == DataBuffer.TYPE_USHORT;
        boolean color = bands >= 3;
        boolean blended = transparency == Transparency.ON_WHITE && image.getColorModel().hasAlpha();
        IndexColorModel palette =
                image.getColorModel() instanceof IndexColorModel index ? index : null;
        boolean clipped = wide && bands == 1;
        int[] row = new int[width * bands];
        int at = 0;
        for (int y = 0; y < height; y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < row.length; x += bands) {
                int alpha = blended ? alpha(row[x + bands - 1], palette, wide) : 255;
                for (int band = 0; band < 3; band++) {
                    int sample = row[color ? x + band : x];
                    if (palette != null) {
                        sample = palette.getRGB(sample) >> (16 - 8 * band) & 0xFF;
                    } else if (clipped) {
                        sample = Math.min(sample, 255);
                    } else if (wide) {
                        sample >>= 8;
                    }
                    rgb[at++] = (byte) (alpha == 255 ? sample : onWhite(sample, alpha));
                }
            }
        }
        return new RgbImage(width, height, rgb);
    }

    private static int alpha(int sample, IndexColorModel palette, boolean wide) {
        if (palette != null) {
            return palette.getAlpha(sample);
        }
        return wide ? sample >> 8 : sample;
    }

    static int onWhite(int sample, int alpha) {
        return 255 - (alpha * (255 - sample) + 127) / 255;
    }
}
