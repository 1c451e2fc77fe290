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
 */
final class BicubicResize {

    private static final int PRECISION_BITS = 32 - 8 - 2;
    private static final double SUPPORT = 2;

    /** Rows turned at a time, and rows whose bytes are gathered at a time while turning. */
    private static final int BLOCK = 256;

    private static final int TILE = 16;

    private BicubicResize() {}

    /** Cuts {@code box} out of {@code image} and resizes it to {@code size} x {@code size}. */
    static byte[] toSquare(RgbImage image, Box box, int size) {
        Weights rows = new Weights(box.height(), size);
        int firstRow = rows.first[0];
        int lastRow = rows.first[size - 1] + rows.count[size - 1];
        int[] wide = horizontal(image, box, firstRow, lastRow - firstRow, size);
        return box.height() == size ? bytes(wide) : vertical(wide, rows, firstRow, size);
    }

    /**
     * Resizes rows {@code top} and below of the box to {@code size} pixels each. A block of rows is
     * turned on its side first, so that the innermost loop runs down a column and the JIT compiler
     * can make it a vector loop; for the same reason everything between the passes is an int.
     */
    private static int[] horizontal(RgbImage image, Box box, int top, int height, int size) {
        int[] out = new int[height * size * 3];
        int start = ((box.top() + top) * image.width() + box.left()) * 3;
        int stride = image.width() * 3;
        if (box.width() == size) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < size * 3; x++) {
                    out[y * size * 3 + x] = image.rgb()[start + y * stride + x] & 0xFF;
                }
            }
            return out;
        }
        Weights columns = new Weights(box.width(), size);
        int[] turned = new int[box.width() * 3 * Math.min(BLOCK, height)];
        int[] sums = new int[Math.min(BLOCK, height)];
        for (int y = 0; y < height; y += BLOCK) {
            int rows = Math.min(BLOCK, height - y);
            turn(image.rgb(), start + y * stride, stride, box.width() * 3, rows, turned);
            columns(turned, rows, columns, sums, out, y * size * 3);
        }
        return out;
    }

    /** Writes {@code rows} rows of {@code width} bytes as that many columns. */
    private static void turn(byte[] in, int start, int stride, int width, int rows, int[] turned) {
        for (int y = 0; y < rows; y += TILE) {
            int end = Math.min(y + TILE, rows);
            for (int x = 0; x < width; x++) {
                int from = start + y * stride + x;
                for (int row = y; row < end; row++, from += stride) {
                    turned[x * rows + row] = in[from] & 0xFF;
                }
            }
        }
    }

    /** Makes the output columns of a turned block, and turns them back. */
    private static void columns(
            int[] turned, int rows, Weights columns, int[] sums, int[] out, int at) {
        int size = columns.first.length;
        for (int x = 0; x < size * 3; x++) {
            int column = x / 3;
            Arrays.fill(sums, 0, rows, 1 << (PRECISION_BITS - 1));
            int from = (columns.first[column] * 3 + x % 3) * rows;
            for (int i = 0; i < columns.count[column]; i++, from += 3 * rows) {
                add(sums, turned, from, rows, columns.weights[column * columns.stride + i]);
            }
            int to = at + x;
            for (int row = 0; row < rows; row++, to += size * 3) {
                out[to] = clip(sums[row]);
            }
        }
    }

    private static void add(int[] sums, int[] values, int from, int count, int weight) {
        for (int i = 0; i < count; i++) {
            sums[i] += values[from + i] * weight;
        }
    }

    private static byte[] vertical(int[] in, Weights rows, int firstRow, int size) {
        int width = size * 3;
        byte[] out = new byte[size * width];
        int[] sums = new int[width];
        for (int y = 0; y < size; y++) {
            Arrays.fill(sums, 1 << (PRECISION_BITS - 1));
            for (int i = 0; i < rows.count[y]; i++) {
                int from = (rows.first[y] - firstRow + i) * width;
                add(sums, in, from, width, rows.weights[y * rows.stride + i]);
            }
            for (int x = 0; x < width; x++) {
                out[y * width + x] = (byte) clip(sums[x]);
            }
        }
        return out;
    }

    private static byte[] bytes(int[] values) {
        byte[] out = new byte[values.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (byte) values[i];
        }
        return out;
    }

    private static int clip(int sum) {
        return Math.max(0, Math.min(255, sum >> PRECISION_BITS));
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
