package org.minigpt4j.data;

import java.util.Arrays;

/**
 * Pillow's bicubic resize of 8-bit pictures, to the last bit.
 *
 * <p>Each output pixel is a weighted sum of the input pixels around it, Keys' cubic kernel with a =
 * -0.5, widened by the scale when shrinking so that no input pixel is left out. Weights are made in
 * double precision, normalised, and rounded to 22 fractional bits; sums are whole numbers, rounded
 * and clipped to a byte after the horizontal pass and again after the vertical one. A pass that
 * would change nothing is skipped. Only the rows that the vertical pass reads are made by the
 * horizontal one. Source: {@code libImaging/Resample.c} of Pillow.
 *
 * <p>The JIT compiler makes the inner loops vector loops, which halves the time. It does so only
 * for ints, and where all arrays are read and written at the same index: hence an int for each byte
 * between the passes, a line of its own for each row or column, and rows turned into columns.
 */
final class BicubicResize {

    private static final int PRECISION_BITS = 32 - 8 - 2;
    private static final double SUPPORT = 2;

    /** Rows turned at a time, and rows whose pixels are gathered at a time while turning. */
    private static final int BLOCK = 128;

    private static final int TILE = 16;

    private BicubicResize() {}

    /** Cuts {@code box} out of {@code image} and resizes it to {@code size} x {@code size}. */
    static byte[] toSquare(RgbImage image, Box box, int size) {
        Weights rows = new Weights(box.height(), size);
        int top = rows.first[0];
        int height = rows.first[size - 1] + rows.count[size - 1] - top;
        Box used = new Box(box.left(), box.top() + top, box.width(), height);
        int[][] wide = box.width() == size ? rows(image, used) : horizontal(image, used, size);
        return box.height() == size ? bytes(wide) : vertical(wide, rows, top);
    }

    /** The box as packed pixels: red, green and blue, a byte each, blue the lowest. */
    private static int[][] rows(RgbImage image, Box box) {
        int[][] rows = new int[box.height()][box.width()];
        for (int y = 0; y < rows.length; y++) {
            int[] row = rows[y];
            int from = ((box.top() + y) * image.width() + box.left()) * 3;
            for (int x = 0; x < row.length; x++, from += 3) {
                row[x] = packed(image.rgb(), from);
            }
        }
        return rows;
    }

    private static int packed(byte[] rgb, int at) {
        return (rgb[at] & 0xFF) << 16 | (rgb[at + 1] & 0xFF) << 8 | rgb[at + 2] & 0xFF;
    }

    /**
     * Resizes each row of the box to {@code size} packed pixels. A block of rows is turned on its
     * side, so that the inner loops run down columns.
     */
    private static int[][] horizontal(RgbImage image, Box box, int size) {
        int[][] out = new int[box.height()][size];
        Weights weights = new Weights(box.width(), size);
        int block = Math.min(BLOCK, box.height());
        int[][] turned = new int[box.width()][block];
        Planes columns = new Planes(box.width(), block);
        Planes sums = new Planes(1, block);
        int[] column = new int[block];
        for (int y = 0; y < box.height(); y += block) {
            int count = Math.min(block, box.height() - y);
            int start = ((box.top() + y) * image.width() + box.left()) * 3;
            turn(image.rgb(), start, image.width() * 3, count, turned);
            columns.unpack(turned);
            for (int x = 0; x < size; x++) {
                columns.weigh(weights.first[x], weights, x, sums);
                sums.pack(column);
                for (int row = 0; row < count; row++) {
                    out[y + row][x] = column[row];
                }
            }
        }
        return out;
    }

    /** Spreads the pixels of {@code rows} rows over the columns. */
    private static void turn(byte[] in, int start, int stride, int rows, int[][] columns) {
        for (int y = 0; y < rows; y += TILE) {
            int end = Math.min(y + TILE, rows);
            for (int x = 0; x < columns.length; x++) {
                int[] column = columns[x];
                int from = start + y * stride + x * 3;
                for (int row = y; row < end; row++, from += stride) {
                    column[row] = packed(in, from);
                }
            }
        }
    }

    private static byte[] vertical(int[][] in, Weights weights, int top) {
        int width = in[0].length;
        Planes rows = new Planes(in.length, width);
        rows.unpack(in);
        Planes sums = new Planes(1, width);
        int[][] out = new int[weights.first.length][width];
        for (int y = 0; y < out.length; y++) {
            rows.weigh(weights.first[y] - top, weights, y, sums);
            sums.pack(out[y]);
        }
        return bytes(out);
    }

    private static byte[] bytes(int[][] rows) {
        byte[] out = new byte[rows.length * rows[0].length * 3];
        int at = 0;
        for (int[] row : rows) {
            for (int pixel : row) {
                out[at] = (byte) (pixel >> 16);
                out[at + 1] = (byte) (pixel >> 8);
                out[at + 2] = (byte) pixel;
                at += 3;
            }
        }
        return out;
    }

    /** Lines of pixels, their colours apart. */
    private static final class Planes {

        private final int[][] red;
        private final int[][] green;
        private final int[][] blue;

        Planes(int lines, int length) {
            red = new int[lines][length];
            green = new int[lines][length];
            blue = new int[lines][length];
        }

        void unpack(int[][] pixels) {
            for (int line = 0; line < pixels.length; line++) {
                unpack(pixels[line], red[line], green[line], blue[line]);
            }
        }

        private static void unpack(int[] pixels, int[] red, int[] green, int[] blue) {
            for (int i = 0; i < pixels.length; i++) {
                red[i] = pixels[i] >> 16;
                green[i] = pixels[i] >> 8 & 0xFF;
                blue[i] = pixels[i] & 0xFF;
            }
        }

        /** The first line as packed pixels. */
        void pack(int[] pixels) {
            pack(red[0], green[0], blue[0], pixels);
        }

        private static void pack(int[] red, int[] green, int[] blue, int[] pixels) {
            for (int i = 0; i < pixels.length; i++) {
                pixels[i] = red[i] << 16 | green[i] << 8 | blue[i];
            }
        }

        /** Adds up, from line {@code first} on, what output {@code at} is made of. */
        void weigh(int first, Weights weights, int at, Planes sums) {
            weigh(red, first, weights, at, sums.red[0]);
            weigh(green, first, weights, at, sums.green[0]);
            weigh(blue, first, weights, at, sums.blue[0]);
        }

        private static void weigh(int[][] in, int first, Weights weights, int at, int[] sums) {
            Arrays.fill(sums, 1 << (PRECISION_BITS - 1));
            int[] weight = weights.weights;
            int i = at * weights.stride;
            int end = i + weights.count[at];
            int line = first;
            for (; i + 3 <= end; i += 3, line += 3) {
                int[] a = in[line];
                int[] b = in[line + 1];
                int[] c = in[line + 2];
                add(sums, a, weight[i], b, weight[i + 1], c, weight[i + 2]);
            }
            for (; i < end; i++, line++) {
                add(sums, in[line], weight[i]);
            }
            for (int j = 0; j < sums.length; j++) {
                sums[j] = Math.max(0, Math.min(255, sums[j] >> PRECISION_BITS));
            }
        }

        private static void add(int[] sums, int[] values, int weight) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += values[i] * weight;
            }
        }

        /** Three lines at a time: the sums are loaded and stored a third as often. */
        private static void add(int[] sums, int[] a, int wa, int[] b, int wb, int[] c, int wc) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += a[i] * wa + b[i] * wb + c[i] * wc;
            }
        }
    }

    /** Which input pixels make an output pixel, and their weights with 22 fractional bits. */
    private static final class Weights {

        /** The first input pixel of each output pixel, and how many there are. */
        final int[] first;

        final int[] count;

        /** The weights of output pixel i start at i * stride. */
        final int[] weights;

        final int stride;

        Weights(int inSize, int outSize) {
            double scale = (double) inSize / outSize;
            double filterScale = Math.max(scale, 1);
            double support = SUPPORT * filterScale;
            stride = (int) Math.ceil(support) * 2 + 1;
            first = new int[outSize];
            count = new int[outSize];
            weights = new int[outSize * stride];
            double[] exact = new double[stride];
            for (int out = 0; out < outSize; out++) {
                double centre = (out + 0.5) * scale;
                int low = Math.max(0, (int) (centre - support + 0.5));
                int high = Math.min(inSize, (int) (centre + support + 0.5));
                double sum = 0;
                for (int i = 0; i < high - low; i++) {
                    exact[i] = kernel((i + low - centre + 0.5) * (1 / filterScale));
                    sum += exact[i];
                }
                for (int i = 0; i < high - low; i++) {
                    double weight = sum == 0 ? exact[i] : exact[i] / sum;
                    weights[out * stride + i] =
                            (int) (weight * (1 << PRECISION_BITS) + (weight < 0 ? -0.5 : 0.5));
                }
                first[out] = low;
                count[out] = high - low;
            }
        }

        private static double kernel(double at) {
            double a = -0.5;
            double x = Math.abs(at);
            if (x < 1) {
                return ((a + 2) * x - (a + 3)) * x * x + 1;
            }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
        }
    }
}
