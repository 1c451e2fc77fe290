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

    private BicubicResize() {}

    /** Cuts {@code box} out of {@code image} and resizes it to {@code size} x {@code size}. */
    static byte[] toSquare(RgbImage image, Box box, int size) {
        Weights rows = new Weights(box.height(), size);
        int firstRow = rows.first[0];
        int lastRow = rows.first[size - 1] + rows.count[size - 1];
        byte[] wide = horizontal(image, box, firstRow, lastRow - firstRow, size);
        return box.height() == size ? wide : vertical(wide, rows, firstRow, size);
    }

    /** Resizes rows {@code top} and below of the box to {@code size} pixels each. */
    private static byte[] horizontal(RgbImage image, Box box, int top, int height, int size) {
        byte[] in = image.rgb();
        byte[] out = new byte[height * size * 3];
        Weights columns = new Weights(box.width(), size);
        for (int y = 0; y < height; y++) {
            int row = ((box.top() + top + y) * image.width() + box.left()) * 3;
            int to = y * size * 3;
            if (box.width() == size) {
                System.arraycopy(in, row, out, to, size * 3);
                continue;
            }
            for (int x = 0; x < size; x++) {
                int red = 1 << (PRECISION_BITS - 1);
                int green = red;
                int blue = red;
                int from = row + columns.first[x] * 3;
                int weight = x * columns.stride;
                for (int end = weight + columns.count[x]; weight < end; weight++, from += 3) {
                    int w = columns.weights[weight];
                    red += (in[from] & 0xFF) * w;
                    green += (in[from + 1] & 0xFF) * w;
                    blue += (in[from + 2] & 0xFF) * w;
                }
                out[to++] = clip(red);
                out[to++] = clip(green);
                out[to++] = clip(blue);
            }
        }
        return out;
    }

    private static byte[] vertical(byte[] in, Weights rows, int firstRow, int size) {
        int width = size * 3;
        byte[] out = new byte[size * width];
        int[] sums = new int[width];
        for (int y = 0; y < size; y++) {
            Arrays.fill(sums, 1 << (PRECISION_BITS - 1));
            for (int i = 0; i < rows.count[y]; i++) {
                int w = rows.weights[y * rows.stride + i];
                int from = (rows.first[y] - firstRow + i) * width;
                for (int x = 0; x < width; x++) {
                    sums[x] += (in[from + x] & 0xFF) * w;
                }
            }
            for (int x = 0; x < width; x++) {
                out[y * width + x] = clip(sums[x]);
            }
        }
        return out;
    }

    private static byte clip(int sum) {
        return (byte) Math.max(0, Math.min(255, sum >> PRECISION_BITS));
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
