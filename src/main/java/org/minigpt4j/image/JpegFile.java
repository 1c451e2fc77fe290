package org.minigpt4j.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.stream.ImageOutputStreamImpl;

/**
 * Encodes baseline JPEG files with chroma halved in both directions and tables scaled by quality:
 * the defaults of libjpeg, OpenCV and Pillow.
 */
final class JpegFile {

    private JpegFile() {}

    /**
     * Encodes samples in RGB or in luma and colour differences; the resulting files look the same.
     */
    static byte[] of(Pixels pixels, boolean ycc, int quality) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (Bytes out = new Bytes(pixels.width() * pixels.height() / 2 + 2048)) {
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionQuality(quality / 100f);
            writer.setOutput(out);
            if (ycc) {
                // Write the header of an RGB picture, and leave out only the conversion.
                ImageTypeSpecifier rgb =
                        ImageTypeSpecifier.createFromBufferedImageType(
                                BufferedImage.TYPE_3BYTE_BGR);
                IIOMetadata header = writer.getDefaultImageMetadata(rgb, param);
                writer.write(null, new IIOImage(raster(pixels), null, header), param);
            } else {
                writer.write(null, new IIOImage(image(pixels), null, null), param);
            }
            return out.taken();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        } finally {
            writer.dispose();
        }
    }

    private static Raster raster(Pixels pixels) {
        DataBufferByte buffer = new DataBufferByte(pixels.samples(), pixels.samples().length);
        int[] bands = {0, 1, 2};
        return Raster.createInterleavedRaster(
                buffer, pixels.width(), pixels.height(), pixels.width() * 3, 3, bands, null);
    }

    private static BufferedImage image(Pixels pixels) {
        BufferedImage image =
                new BufferedImage(pixels.width(), pixels.height(), BufferedImage.TYPE_3BYTE_BGR);
        byte[] bgr = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        byte[] rgb = pixels.samples();
        for (int i = 0; i < bgr.length; i += 3) {
            bgr[i] = rgb[i + 2];
            bgr[i + 1] = rgb[i + 1];
            bgr[i + 2] = rgb[i];
        }
        return image;
    }

    /** Output into an array; the JDK's stream would go through a cache of blocks. */
    private static final class Bytes extends ImageOutputStreamImpl {

        private byte[] bytes;
        private int length;

        Bytes(int capacity) {
            bytes = new byte[capacity];
        }

        byte[] taken() {
            return Arrays.copyOf(bytes, length);
        }

        private void room(int more) {
            if (length + more > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
            }
        }

        @Override
        public void write(int value) {
            room(1);
            bytes[length++] = (byte) value;
            streamPos = length;
        }

        @Override
        public void write(byte[] from, int offset, int count) {
            room(count);
            System.arraycopy(from, offset, bytes, length, count);
            length += count;
            streamPos = length;
        }

        @Override
        public int read() {
            return -1;
        }

        @Override
        public int read(byte[] to, int offset, int count) {
            return -1;
        }
    }
}
