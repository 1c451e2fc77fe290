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
 * Picture files to RGB as {@code PIL.Image.open(file).convert("RGB")} does it: JPEG, PNG, WebP, GIF
 * (its first picture), BMP and TIFF, seen from the content; alpha is dropped, not blended; palettes
 * are looked up; gray is repeated; of 16 bits the high byte stays, except in gray pictures, where
 * values above 255 become 255; CMYK is taken as Adobe writes it; colour profiles and EXIF
 * orientation have no effect.
 *
 * <p><b>Time.</b> Pixels and work are bounded by what the header says ({@link JpegScans}), so that
 * the same file is taken or refused everywhere; no picture takes more than about ten seconds of a
 * processor, and an interrupt of the thread ends it within a second or two ({@link Stops}).
 */
public final class ImageDecoder {

    /** Above this a JPEG is left to the JDK's decoder, which can be stopped between two reads. */
    private static final int QUICK_BLOCKS = 2_500_000;

    /** Bytes that a decoder gets at a time: where each may be a scan of the whole picture, few. */
    private static final int ALL_AT_ONCE = Integer.MAX_VALUE;

    private static final int LITTLE_BY_LITTLE = 256;

    private static final String DAMAGED = "its data are damaged";
    private static final String CUT_SHORT = "the file ends before the picture does";

    private final long maxPixels;
    private final Transparency transparency;
    private final Optional<NativeCodecs> codecs;

    /** What becomes of a picture's alpha. */
    public enum Transparency {
        /** As if it were not there, as Pillow's {@code convert("RGB")} does. */
        DROPPED,
        /** The picture is laid on white, as img2dataset does. */
        ON_WHITE
    }

    /** A picture's size, as its header says. */
    public record Size(int width, int height) {}

    /**
     * A decoded picture as it comes.
     *
     * @param bytes {@code height * width * 3} samples, row by row
     * @param ycc luma, blue and red difference as JPEG files have them; otherwise RGB
     */
    public record Samples(int width, int height, byte[] bytes, boolean ycc) {}

    /** Most pixels of a picture unless told otherwise: where Pillow warns of a bomb. */
    public static final long MAX_PIXELS = 89_478_485;

    /** Pictures with more pixels than {@code maxPixels} are refused before they are decoded. */
    public ImageDecoder(long maxPixels) {
        this(maxPixels, Transparency.DROPPED);
    }

    /** The same, with a choice of what to do with alpha. */
    public ImageDecoder(long maxPixels, Transparency transparency) {
        this(maxPixels, transparency, NativeCodecs.load());
    }

    /** With or without native code. */
    public ImageDecoder(long maxPixels, Transparency transparency, Optional<NativeCodecs> codecs) {
        this.maxPixels = maxPixels;
        this.transparency = transparency;
        this.codecs = codecs;
    }

    /**
     * The size that the header says, without decoding.
     *
     * @throws BadImageException if the header is damaged or of no format known here, or tells of
     *     more pixels than allowed
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
     * The picture.
     *
     * @throws BadImageException if it is not one, is damaged, has more pixels than allowed, or
     *     would take too long
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
     * The picture in the colours that cost least: RGB where native code decodes; the JDK's decoder
     * leaves a JPEG's colours as they are, which saves it a third of the time.
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
        // A decoder that reads past the end, or says nothing of use.
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
                ImageFault.BROKEN, "none of JPEG, PNG, WebP, GIF, BMP and TIFF");
    }

    private static boolean isWebp(byte[] file) {
        return file.length > 12
                && new String(file, 0, 4, StandardCharsets.ISO_8859_1).equals("RIFF")
                && new String(file, 8, 4, StandardCharsets.ISO_8859_1).equals("WEBP");
    }

    /** Without native code what is decoded is some levels off: libwebp smooths colours. */
    private Size webpSize(byte[] file) throws IOException, BadImageException {
        // RIFF counts the bytes after its own header.
        if (Integer.reverseBytes(ByteBuffer.wrap(file).getInt(4)) > file.length - 8) {
            throw new IIOException(CUT_SHORT);
        }
        Optional<Size> size = codecs.flatMap(library -> library.webpSize(file));
        return size.isPresent()
                ? size.get()
                : read("webp", file, reader -> new Size(reader.getWidth(0), reader.getHeight(0)));
    }

    /**
     * What native code cannot do is an animation, of which Java's decoder gives the first picture.
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

    /** What is known of a JPEG before it is decoded, and whether that takes a moment only. */
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
                        source.abort(); // the rest would be filled with gray, which takes time
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

    /** The decoder fills the missing part with gray and only warns; Pillow refuses the picture. */
    private static boolean tellsOfAnEnd(String warning) {
        return warning.startsWith("Truncated File");
    }

    /** The picture's own samples; {@code getRGB} would convert gray through a colour space. */
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
