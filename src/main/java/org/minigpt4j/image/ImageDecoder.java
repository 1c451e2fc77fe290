package org.minigpt4j.image;

import org.minigpt4j.image.JpegHeader.Coding;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * Picture files to RGB as {@code PIL.Image.open(file).convert("RGB")} does it: the format is seen
 * from the content; alpha is dropped, not blended; palettes are looked up; gray is repeated; of 16
 * bits the high byte stays, except in gray pictures, where values above 255 become 255; CMYK is
 * taken as Adobe writes it; colour profiles and EXIF orientation have no effect.
 */
public final class ImageDecoder {

    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

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
     * The size that the header tells, without decoding.
     *
     * @throws BadImageException if the header is damaged or of no format known here, or tells of
     *     more pixels than allowed
     */
    public Size size(byte[] file) throws BadImageException {
        try {
            Size size = headerOf(file);
            check(size);
            return size;
        } catch (IOException | RuntimeException e) {
            throw broken(e);
        }
    }

    /**
     * The picture.
     *
     * @throws BadImageException if it is not one, is damaged, or has more pixels than allowed
     */
    public RgbImage decode(byte[] file) throws BadImageException {
        try {
            if (JpegHeader.isJpeg(file)) {
                return jpeg(file, jpegHeader(file));
            }
            Size size = size(file);
            return isPng(file)
                    ? toRgb(read("png", file, reader -> reader.read(0)))
                    : webp(file, size);
        } catch (IOException | RuntimeException e) {
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
        if (JpegHeader.isJpeg(file)) {
            try {
                JpegHeader header = jpegHeader(file);
                boolean ycc = header.coding() == Coding.YCC && codecs.isEmpty();
                if (ycc || header.coding() == Coding.GRAY) {
                    byte[] plain = header.plain(file);
                    return ycc(read("jpeg", plain, reader -> reader.readRaster(0, null)));
                }
            } catch (IOException | RuntimeException e) {
                throw broken(e);
            }
        }
        RgbImage image = decode(file);
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

    private static BadImageException broken(Exception e) {
        return new BadImageException(ImageFault.BROKEN, "cannot be decoded: " + e, e);
    }

    private Size headerOf(byte[] file) throws IOException, BadImageException {
        if (file.length == 0) {
            throw new BadImageException(ImageFault.EMPTY, "the picture has no bytes");
        } else if (JpegHeader.isJpeg(file)) {
            JpegHeader header = JpegHeader.read(file);
            return new Size(header.width(), header.height());
        } else if (isPng(file)) {
            ByteBuffer header = ByteBuffer.wrap(file);
            return new Size(header.getInt(16), header.getInt(20));
        } else if (isWebp(file)) {
            return webpSize(file);
        }
        throw new BadImageException(ImageFault.BROKEN, "neither JPEG nor PNG nor WebP");
    }

    private static boolean isPng(byte[] file) {
        return ByteBuffer.wrap(PNG).mismatch(ByteBuffer.wrap(file)) == PNG.length;
    }

    private static boolean isWebp(byte[] file) {
        return file.length > 12
                && new String(file, 0, 4, StandardCharsets.ISO_8859_1).equals("RIFF")
                && new String(file, 8, 4, StandardCharsets.ISO_8859_1).equals("WEBP");
    }

    /** Without native code what is decoded is some levels off: libwebp smooths colours. */
    private Size webpSize(byte[] file) throws IOException {
        // RIFF counts the bytes behind its own header.
        if (Integer.reverseBytes(ByteBuffer.wrap(file).getInt(4)) > file.length - 8) {
            throw new IIOException("the file ends before the picture does");
        }
        Optional<Size> size = codecs.flatMap(library -> library.webpSize(file));
        return size.isPresent()
                ? size.get()
                : read("webp", file, reader -> new Size(reader.getWidth(0), reader.getHeight(0)));
    }

    /**
     * What native code cannot do is an animation, of which Java's decoder gives the first picture.
     */
    private RgbImage webp(byte[] file, Size size) throws IOException {
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

    private JpegHeader jpegHeader(byte[] file) throws BadImageException {
        JpegHeader header = JpegHeader.read(file);
        check(new Size(header.width(), header.height()));
        return header;
    }

    private RgbImage jpeg(byte[] file, JpegHeader header) throws IOException {
        if (header.coding() == Coding.YCC) {
            Optional<RgbImage> fast = codecs.flatMap(library -> library.jpeg(file, header));
            if (fast.isPresent()) {
                return fast.get();
            }
        }
        byte[] plain = header.plain(file);
        return switch (header.coding()) {
            case GRAY, RGB, YCC -> toRgb(read("jpeg", plain, reader -> reader.read(0)));
            case CMYK, YCCK -> {
                Raster raster = read("jpeg", plain, reader -> reader.readRaster(0, null));
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

    private static <T> T read(String format, byte[] file, Reading<T> reading) throws IOException {
        ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
        boolean[] cutShort = new boolean[1];
        reader.addIIOReadWarningListener((source, warning) -> cutShort[0] |= tellsOfAnEnd(warning));
        try (ImageInputStream in = new ByteArrayImageInput(file)) {
            reader.setInput(in, true, true);
            T result = reading.from(reader);
            if (cutShort[0]) {
                throw new IIOException("the file ends before the picture does");
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

    private static int onWhite(int sample, int alpha) {
        return 255 - (alpha * (255 - sample) + 127) / 255;
    }
}
