package org.minigpt4j.image;

import java.util.Arrays;

/**
 * Enlarges with a Lanczos kernel of eight pixels; the edge pixel is repeated beyond the edge. This
 * is OpenCV's {@code INTER_LANCZOS4}: 11-bit weights, 22 bits over both passes, rounded once.
 * Source: {@code resize.cpp}, {@code interpolateLanczos4}.
 */
final class LanczosResize {

    private static final int TAPS = 8;
    private static final int BITS = 11;

    /** Sine and cosine factors for rotations in steps of an eighth of a circle. */
    private static final double[][] TURN = {
        {1, 0},
        {-Math.sqrt(0.5), -Math.sqrt(0.5)},
        {0, 1},
        {Math.sqrt(0.5), -Math.sqrt(0.5)},
        {-1, 0},
        {Math.sqrt(0.5), Math.sqrt(0.5)},
        {0, -1},
        {-Math.sqrt(0.5), Math.sqrt(0.5)}
    };

    private LanczosResize() {}

    static Pixels enlarge(Pixels in, int width, int height) {
        if (width == in.width() && height == in.height()) {
            return in;
        }
        Taps columns = new Taps(in.width(), width);
        Taps rows = new Taps(in.height(), height);
        int[] wide = horizontal(in, columns, width);
        byte[] out = new byte[width * height * 3];
        int stride = width * 3;
        int[] sum = new int[stride];
        for (int y = 0; y < height; y++) {
            Arrays.fill(sum, 1 << 2 * BITS - 1);
            for (int tap = 0; tap < TAPS; tap++) {
                add(sum, wide, rows.index[y * TAPS + tap] * stride, rows.weight[y * TAPS + tap]);
            }
            for (int i = 0; i < stride; i++) {
                out[y * stride + i] = (byte) Math.max(0, Math.min(255, sum[i] >> 2 * BITS));
            }
        }
        return new Pixels(width, height, out);
    }

    private static int[] horizontal(Pixels in, Taps columns, int width) {
        int[] out = new int[width * 3 * in.height()];
        byte[] samples = in.samples();
        int to = 0;
        for (int y = 0; y < in.height(); y++) {
            int row = y * in.width() * 3;
            for (int x = 0; x < width; x++) {
                int a = 0;
                int b = 0;
                int c = 0;
                for (int tap = x * TAPS; tap < x * TAPS + TAPS; tap++) {
                    int from = row + columns.index[tap] * 3;
                    int weight = columns.weight[tap];
                    a += (samples[from] & 0xFF) * weight;
                    b += (samples[from + 1] & 0xFF) * weight;
                    c += (samples[from + 2] & 0xFF) * weight;
                }
                out[to++] = a;
                out[to++] = b;
                out[to++] = c;
            }
        }
        return out;
    }

    private static void add(int[] sum, int[] wide, int from, int weight) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += wide[from + i] * weight;
        }
    }

    /** The eight input pixels of each output pixel, and their weights. */
    private static final class Taps {

        final int[] index;
        final int[] weight;

        Taps(int inSize, int outSize) {
            double scale = 1 / ((double) outSize / inSize);
            index = new int[outSize * TAPS];
            weight = new int[outSize * TAPS];
            float[] exact = new float[TAPS];
            for (int out = 0; out < outSize; out++) {
                float centre = (float) ((out + 0.5) * scale - 0.5);
                int base = (int) Math.floor(centre);
                weights(centre - base, exact);
                for (int tap = 0; tap < TAPS; tap++) {
                    int at = out * TAPS + tap;
                    index[at] = Math.max(0, Math.min(inSize - 1, base - 3 + tap));
                    weight[at] = (int) Math.rint(exact[tap] * (1 << BITS));
                }
            }
        }

        /** The kernel at eight points one pixel apart, all derived from one sine and one cosine. */
        private static void weights(float x, float[] weights) {
            double first = -(x + 3) * Math.PI * 0.25;
            double sine = Math.sin(first);
            double cosine = Math.cos(first);
            float sum = 0;
            for (int i = 0; i < TAPS; i++) {
                float distance = x + 3 - i;
                double y = -distance * Math.PI * 0.25;
                // Exactly on a pixel, the other pixels have no weight.
                weights[i] =
                        Math.abs(distance) < 1e-6f
                                ? 1e30f
                                : (float) ((TURN[i][0] * sine + TURN[i][1] * cosine) / (y * y));
                sum += weights[i];
            }
            float scale = 1 / sum;
            for (int i = 0; i < TAPS; i++) {
                weights[i] *= scale;
            }
        }
    }
}
