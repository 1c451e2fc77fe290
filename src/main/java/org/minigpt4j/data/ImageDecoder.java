package org.minigpt4j.data;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
final class ImageDecoder {

    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

    private final long maxPixels;
    private final Optional<NativeJpeg> nativeJpeg;

    /** Pictures with more pixels than {@code maxPixels} are refused before they are decoded. */
    ImageDecoder(long maxPixels) {
        this(maxPixels, NativeJpeg.load());
    }

    /** With or without the fast way for the usual JPEG. */
    ImageDecoder(long maxPixels, Optional<NativeJpeg> nativeJpeg) {
        this.maxPixels = maxPixels;
        this.nativeJpeg = nativeJpeg;
    }

    RgbImage decode(byte[] file) throws BadSampleException {
        if (file.length == 0) {
            throw new BadSampleException(Fault.EMPTY_IMAGE, "the picture has no bytes");
        }
        try {
            if (JpegHeader.isJpeg(file)) {
                return jpeg(file);
            }
            if (ByteBuffer.wrap(PNG).mismatch(ByteBuffer.wrap(file)) == PNG.length) {
                return png(file);
            }
            if (isWebp(file)) {
                return webp(file);
            }
        } catch (IOException | RuntimeException e) {
            throw new BadSampleException(Fault.BROKEN_IMAGE, "cannot be decoded: " + e, e);
        }
        throw new BadSampleException(Fault.BROKEN_IMAGE, "neither JPEG nor PNG nor WebP");
    }

    private static boolean isWebp(byte[] file) {
        return file.length > 12
                && new String(file, 0, 4, StandardCharsets.ISO_8859_1).equals("RIFF")
                && new String(file, 8, 4, StandardCharsets.ISO_8859_1).equals("WEBP");
    }

    /** Some levels off libwebp, which smooths colours between pixels; more at coloured edges. */
    private RgbImage webp(byte[] file) throws IOException, BadSampleException {
        // RIFF counts the bytes behind its own header.
        if (Integer.reverseBytes(ByteBuffer.wrap(file).getInt(4)) > file.length - 8) {
            throw new IIOException("the file ends before the picture does");
        }
        int[] size =
                read("webp", file, reader -> new int[] {reader.getWidth(0), reader.getHeight(0)});
        checkSize(size[0], size[1]);
        return toRgb(read("webp", file, reader -> reader.read(0)));
    }

    private RgbImage jpeg(byte[] file) throws IOException, BadSampleException {
        JpegHeader header = JpegHeader.read(file);
        checkSize(header.width(), header.height());
        byte[] plain = header.plain(file);
        if (header.coding() == JpegHeader.Coding.YCC && endsWhole(plain)) {
            Optional<RgbImage> fast = nativeJpeg.flatMap(decoder -> decoder.decode(plain));
            if (fast.isPresent()) {
                return fast.get();
            }
        }
        return switch (header.coding()) {
            case GRAY, RGB, YCC -> toRgb(read("jpeg", plain, reader -> reader.read(0)));
            case CMYK, YCCK -> {
                Raster raster = read("jpeg", plain, reader -> reader.readRaster(0, null));
                yield Cmyk.toRgb(raster, header.coding() == JpegHeader.Coding.YCCK);
            }
        };
    }

    /** Of a file without an end the native library would complain on the error stream. */
    private static boolean endsWhole(byte[] jpeg) {
        return jpeg[jpeg.length - 2] == (byte) 0xFF && jpeg[jpeg.length - 1] == (byte) 0xD9;
    }

    private RgbImage png(byte[] file) throws IOException, BadSampleException {
        ByteBuffer header = ByteBuffer.wrap(file);
        checkSize(header.getInt(16), header.getInt(20));
        return toRgb(read("png", file, reader -> reader.read(0)));
    }

    private void checkSize(int width, int height) throws BadSampleException {
        if (width <= 0 || height <= 0) {
            throw new BadSampleException(
                    Fault.BROKEN_IMAGE, "a picture of %d x %d".formatted(width, height));
        }
        if ((long) width * height > maxPixels) {
            throw new BadSampleException(
                    Fault.TOO_MANY_PIXELS,
                    "%d x %d pixels, more than %d".formatted(width, height, maxPixels));
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
    private static RgbImage toRgb(BufferedImage image) {
        Raster raster = image.getRaster();
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] rgb = new byte[width * height * 3];
        if (image.getType() == BufferedImage.TYPE_3BYTE_BGR
                && raster.getSampleModel() instanceof PixelInterleavedSampleModel) {
            raster.getDataElements(0, 0, width, height, rgb);
            return new RgbImage(width, height, rgb);
        }
        boolean wide = raster.getSampleModel().getDataType() == DataBuffer.TYPE_USHORT;
        boolean color = raster.getNumBands() >= 3;
        IndexColorModel palette =
                image.getColorModel() instanceof IndexColorModel index ? index : null;
        boolean clipped = wide && raster.getNumBands() == 1;
        int[] row = new int[width * raster.getNumBands()];
        int at = 0;
        for (int y = 0; y < height; y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < row.length; x += raster.getNumBands()) {
                for (int band = 0; band < 3; band++) {
                    int sample = row[color ? x + band : x];
                    if (palette != null) {
                        sample = palette.getRGB(sample) >> (16 - 8 * band);
                    } else if (clipped) {
                        sample = Math.min(sample, 255);
                    } else if (wide) {
                        sample >>= 8;
                    }
                    rgb[at++] = (byte) sample;
                }
            }
        }
        return new RgbImage(width, height, rgb);
    }
}
