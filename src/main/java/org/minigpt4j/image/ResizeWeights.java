package org.minigpt4j.image;

/**
 * For each line of the resized picture, the input lines it consists of and their weights. The
 * kernel is Keys' cubic with a = -0.5, widened by the scale when shrinking so that every input line
 * counts. Weights are computed in double precision, normalised and rounded to integers, as in
 * Pillow's {@code precompute_coeffs}.
 */
final class ResizeWeights {

    /** Fractional bits of a weight: with 8 bits of a sample and 2 spare bits, they fill an int. */
    static final int FRACTION_BITS = 32 - 8 - 2;

    private static final double SUPPORT = 2;

    /**
     * Number of lines, with any content, that must follow the last one: {@link #sum} reads a few at
     * a time and may read these with weight zero.
     */
    static final int SPARE = 4;

    private static final int HALF = 1 << (FRACTION_BITS - 1);

    private final int[] first;
    private final int[] count;
    private final int[] values;
    private final int stride;

    ResizeWeights(int inSize, int outSize) {
        double scale = (double) inSize / outSize;
        double filterScale = Math.max(scale, 1);
        double support = SUPPORT * filterScale;
        stride = (int) Math.ceil(support) * 2 + 1 + SPARE;
        first = new int[outSize];
        count = new int[outSize];
        values = new int[outSize * stride];
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
                values[out * stride + i] =
                        (int) (weight * (1 << FRACTION_BITS) + (weight < 0 ? -0.5 : 0.5));
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

    /** Number of output lines. */
    int size() {
        return first.length;
    }

    /** The first input line that contributes to output line {@code out}. */
    int first(int out) {
        return first[out];
    }

    /** The index after the last input line that contributes to output line {@code out}. */
    int end(int out) {
        return first[out] + count[out];
    }

    /**
     * Computes output line {@code out}, samples of 0 to 255. {@code lines} must hold all input
     * lines from {@code top}.
     *
     * <p>The JIT compiler vectorises these loops only if they use ints, few arrays, the same index
     * for all reads and writes, and no {@code Math.min}.
     */
    void sum(int[][] lines, int out, int top, int[] sums) {
        int line = first[out] - top;
        int w = out * stride;
        int[] a = lines[line];
        int[] b = lines[line + 1];
        int[] c = lines[line + 2];
        int[] d = lines[line + 3];
        set(sums, a, values[w], b, values[w + 1], c, values[w + 2], d, values[w + 3]);
        w += 4;
        line += 4;
        int left = count[out] - 4;
        for (; left > 1; left -= 3, w += 3, line += 3) {
            a = lines[line];
            b = lines[line + 1];
            c = lines[line + 2];
            add(sums, a, values[w], b, values[w + 1], c, values[w + 2]);
        }
        if (left == 1) {
            add(sums, lines[line], values[w]);
        }
        clip(sums);
    }

    private static void set(
            int[] sums, int[] a, int wa, int[] b, int wb, int[] c, int wc, int[] d, int wd) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] = HALF + a[i] * wa + b[i] * wb + c[i] * wc + d[i] * wd;
        }
    }

    private static void add(int[] sums, int[] a, int wa, int[] b, int wb, int[] c, int wc) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += a[i] * wa + b[i] * wb + c[i] * wc;
        }
    }

    private static void add(int[] sums, int[] a, int weight) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += a[i] * weight;
        }
    }

    /**
     * Clips to 0 to 255: the sign, spread over all bits, clears values below 0 and fills values
     * above 255.
     */
    private static void clip(int[] sums) {
        for (int i = 0; i < sums.length; i++) {
            int value = sums[i] >> FRACTION_BITS;
            value &= ~(value >> 31);
            sums[i] = (value | (255 - value) >> 31) & 0xFF;
        }
    }
}
