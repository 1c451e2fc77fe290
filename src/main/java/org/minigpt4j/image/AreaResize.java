package org.minigpt4j.image;

import java.util.Arrays;

/**
 * Shrinks by averaging: an output pixel is the mean of the input area it covers; pixels at the edge
 * of that area count by the part inside. This is OpenCV's {@code INTER_AREA}, with the same order
 * of single-precision operations, so that samples are equal to OpenCV's. Source: {@code
 * resize.cpp}, {@code computeResizeAreaTab} and {@code ResizeArea_Invoker}.
 *
 * <p>Rows are shrunk one at a time into {@code line} and added to {@code sum}. So the input is read
 * once and no intermediate picture is needed. The additions are a loop over float arrays that the
 * JIT compiler vectorises.
 */
final class AreaResize {

    private AreaResize() {}

    /** Shrinks to {@code width} x {@code height}; neither side may grow. */
    static Pixels shrink(Pixels in, int width, int height) {
        if (width > in.width() || height > in.height()) {
            throw new IllegalArgumentException(in + " cannot shrink to " + width + " x " + height);
        }
        if (width == in.width() && height == in.height()) {
            return in;
        }
        boolean whole = in.width() % width == 0 && in.height() % height == 0;
        return whole ? blocks(in, width, height) : weighted(in, width, height);
    }

    /** Each output pixel is a block of whole input pixels, so sums are integers. */
    private static Pixels blocks(Pixels in, int width, int height) {
        int across = in.width() / width;
        int down = in.height() / height;
        float scale = 1f / (across * down);
        byte[] samples = in.samples();
        byte[] out = new byte[width * height * 3];
        int[] sum = new int[width * 3];
        for (int y = 0; y < height; y++) {
            Arrays.fill(sum, 0);
            for (int row = 0; row < down; row++) {
                addRow(samples, (y * down + row) * in.width() * 3, across, sum);
            }
            int to = y * width * 3;
            if (across == 2 && down == 2) {
                for (int i = 0; i < sum.length; i++) {
                    out[to + i] = (byte) (sum[i] + 2 >> 2);
                }
            } else {
                for (int i = 0; i < sum.length; i++) {
                    out[to + i] = rounded(sum[i] * scale);
                }
            }
        }
        return new Pixels(width, height, out);
    }

    private static void addRow(byte[] in, int start, int across, int[] sum) {
        int from = start;
        for (int i = 0; i < sum.length; i += 3, from += 3 * across) {
            if (across == 4) {
                sum[i] += four(in, from);
                sum[i + 1] += four(in, from + 1);
                sum[i + 2] += four(in, from + 2);
            } else {
                for (int at = from; at < from + 3 * across; at += 3) {
                    sum[i] += in[at] & 0xFF;
                    sum[i + 1] += in[at + 1] & 0xFF;
                    sum[i + 2] += in[at + 2] & 0xFF;
                }
            }
        }
    }

    /**
     * Special case for a factor of 4 (1024 pixels to 256), unrolled for the same reason as below.
     */
    private static int four(byte[] in, int i) {
        return (in[i] & 0xFF) + (in[i + 3] & 0xFF) + (in[i + 6] & 0xFF) + (in[i + 9] & 0xFF);
    }

    private static Pixels weighted(Pixels in, int width, int height) {
        Cells columns = new Cells(in.width(), width);
        Cells rows = new Cells(in.height(), height);
        byte[] out = new byte[width * height * 3];
        float[] line = new float[width * 3];
        float[] sum = new float[width * 3];
        int inLine = -1;
        for (int y = 0; y < height; y++) {
            Arrays.fill(sum, 0);
            for (int i = rows.start[y]; i < rows.start[y + 1]; i++) {
                int row = rows.first[y] + i - rows.start[y];
                // The last row of one cell is often the first row of the next.
                if (row != inLine) {
                    shrinkRow(in.samples(), row * in.width() * 3, columns, line);
                    inLine = row;
                }
                add(sum, line, rows.weights[i]);
            }
            int to = y * width * 3;
            for (int i = 0; i < sum.length; i++) {
                out[to + i] = rounded(sum[i]);
            }
        }
        return new Pixels(width, height, out);
    }

    /**
     * Cells of two to four pixels, the usual case for pictures from the web, are unrolled: a loop
     * over so few elements costs more than its body.
     */
    private static void shrinkRow(byte[] in, int start, Cells columns, float[] line) {
        for (int x = 0; x < columns.first.length; x++) {
            int i = start + columns.first[x] * 3;
            int w = columns.start[x];
            int to = 3 * x;
            switch (columns.start[x + 1] - w) {
                case 2 -> {
                    float u = columns.weights[w];
                    float v = columns.weights[w + 1];
                    line[to] = (in[i] & 0xFF) * u + (in[i + 3] & 0xFF) * v;
                    line[to + 1] = (in[i + 1] & 0xFF) * u + (in[i + 4] & 0xFF) * v;
                    line[to + 2] = (in[i + 2] & 0xFF) * u + (in[i + 5] & 0xFF) * v;
                }
                case 3 -> three(in, i, columns.weights, w, line, to);
                case 4 -> {
                    three(in, i, columns.weights, w, line, to);
                    float last = columns.weights[w + 3];
                    line[to] += (in[i + 9] & 0xFF) * last;
                    line[to + 1] += (in[i + 10] & 0xFF) * last;
                    line[to + 2] += (in[i + 11] & 0xFF) * last;
                }
                default -> any(in, i, columns.weights, w, columns.start[x + 1], line, to);
            }
        }
    }

    private static void three(byte[] in, int i, float[] weights, int w, float[] line, int to) {
        float u = weights[w];
        float v = weights[w + 1];
        float z = weights[w + 2];
        line[to] = (in[i] & 0xFF) * u + (in[i + 3] & 0xFF) * v + (in[i + 6] & 0xFF) * z;
        line[to + 1] = (in[i + 1] & 0xFF) * u + (in[i + 4] & 0xFF) * v + (in[i + 7] & 0xFF) * z;
        line[to + 2] = (in[i + 2] & 0xFF) * u + (in[i + 5] & 0xFF) * v + (in[i + 8] & 0xFF) * z;
    }

    private static void any(
            byte[] in, int start, float[] weights, int first, int end, float[] line, int to) {
        float a = 0;
        float b = 0;
        float c = 0;
        int from = start;
        for (int i = first; i < end; i++, from += 3) {
            float weight = weights[i];
            a += (in[from] & 0xFF) * weight;
            b += (in[from + 1] & 0xFF) * weight;
            c += (in[from + 2] & 0xFF) * weight;
        }
        line[to] = a;
        line[to + 1] = b;
        line[to + 2] = c;
    }

    private static void add(float[] sum, float[] line, float weight) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += line[i] * weight;
        }
    }

    /** Rounds to the nearest integer, ties to even, like OpenCV's {@code cvRound}; for 0 to 255. */
    private static byte rounded(float value) {
        // Adding 2^23 makes the hardware round to an integer, which is then in the lowest bits.
        return (byte) Float.floatToRawIntBits(value + 8388608f);
    }

    /** For each output pixel, the input pixels it covers and their weights. */
    private static final class Cells {

        /** The first input pixel of each output pixel. */
        final int[] first;

        /**
         * Index of the first weight of each output pixel; they end where the next pixel's begin.
         */
        final int[] start;

        final float[] weights;

        Cells(int inSize, int outSize) {
            double scale = 1 / ((double) outSize / inSize);
            first = new int[outSize];
            start = new int[outSize + 1];
            weights = new float[inSize + 2 * outSize];
            int at = 0;
            for (int out = 0; out < outSize; out++) {
                double low = out * scale;
                double high = low + scale;
                double width = Math.min(scale, inSize - low);
                int end = Math.min((int) Math.floor(high), inSize - 1);
                int begin = Math.min((int) Math.ceil(low), end);
                start[out] = at;
                first[out] = begin;
                if (begin - low > 1e-3) {
                    first[out] = begin - 1;
                    weights[at++] = (float) ((begin - low) / width);
                }
                for (int i = begin; i < end; i++) {
                    weights[at++] = (float) (1 / width);
                }
                if (high - end > 1e-3) {
                    weights[at++] = (float) (Math.min(Math.min(high - end, 1), width) / width);
                }
            }
            start[outSize] = at;
        }
    }
}
