package org.minigpt4j.image;

import java.awt.image.Raster;

/**
 * Converts CMYK and YCCK samples of a JPEG to RGB, with the integer arithmetic of libjpeg and
 * Pillow.
 */
final class Cmyk {

    private static final int HALF = 1 << 15;

    private Cmyk() {}

    /** Treats all samples as inverted, as Adobe stores them and Pillow assumes. */
    static RgbImage toRgb(Raster raster, boolean ycck) {
        int width = raster.getWidth();
        int height = raster.getHeight();
        byte[] rgb = new byte[width * height * 3];
        int[] row = new int[width * 4];
        int at = 0;
        for (int y = 0; y < height; y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < row.length; x += 4) {
                if (ycck) {
                    toCmyk(row, x);
                }
                int light = row[x + 3];
                for (int band = 0; band < 3; band++) {
                    rgb[at++] = (byte) Math.max(0, light - ink(255 - row[x + band], light));
                }
            }
        }
        return new RgbImage(width, height, rgb);
    }

    /** {@code ink * light / 255}, rounded. */
    private static int ink(int ink, int light) {
        int product = ink * light + 128;
        return ((product >> 8) + product) >> 8;
    }

    /** libjpeg's {@code ycck_cmyk_convert}: 16-bit fixed-point conversion to RGB, then inverted. */
    private static void toCmyk(int[] row, int x) {
        int luma = row[x];
        int blue = row[x + 1] - 128;
        int red = row[x + 2] - 128;
        row[x] = 255 - clip(luma + (91881 * red + HALF >> 16));
        row[x + 1] = 255 - clip(luma + (-22554 * blue - 46802 * red + HALF >> 16));
        row[x + 2] = 255 - clip(luma + (116130 * blue + HALF >> 16));
    }

    private static int clip(int value) {
        return Math.max(0, Math.min(255, value));
    }
}
