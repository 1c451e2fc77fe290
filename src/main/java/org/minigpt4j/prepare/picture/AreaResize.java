package org.minigpt4j.prepare.picture;

import java.util.Arrays;

/**
 * Shrinks by averaging: an output pixel is the mean of the input under it, pixels at its edges
 * counted by the part that is inside. OpenCV's {@code INTER_AREA}, in its order of single-precision
 * operations, so that samples come out as there; source: {@code resize.cpp}, {@code
 * computeResizeAreaTab} and {@code ResizeArea_Invoker}.
 *
 * <p>Rows are shrunk one after the other into {@code line} and added into {@code sum}, so that the
 * input is read once and nothing of its size is made. The additions are a loop over float arrays
 * that the JIT compiler turns into vector instructions.
 */
final class AreaResize {

    private AreaResize() {}

    /** Neither side may grow. */
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

    /** Each output pixel is a block of whole input pixels: sums are integers. */
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
        for (int i = 0; i < sum.length; i += 3) {
            int a = 0;
            int b = 0;
            int c = 0;
            for (int end = from + 3 * across; from < end; from += 3) {
                a += in[from] & 0xFF;
                b += in[from + 1] & 0xFF;
                c += in[from + 2] & 0xFF;
            }
            sum[i] += a;
            sum[i + 1] += b;
            sum[i + 2] += c;
        }
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
                // The last row of one cell is often the first of the next.
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

    private static void shrinkRow(byte[] in, int start, Cells columns, float[] line) {
        for (int x = 0; x < columns.first.length; x++) {
            float a = 0;
            float b = 0;
            float c = 0;
            int from = start + columns.first[x] * 3;
            for (int i = columns.start[x]; i < columns.start[x + 1]; i++, from += 3) {
                float weight = columns.weights[i];
                a += (in[from] & 0xFF) * weight;
                b += (in[from + 1] & 0xFF) * weight;
                c += (in[from + 2] & 0xFF) * weight;
            }
            line[3 * x] = a;
            line[3 * x + 1] = b;
            line[3 * x + 2] = c;
        }
    }

    private static void add(float[] sum, float[] line, float weight) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += line[i] * weight;
        }
    }

    /** To the nearest, ties to even, as OpenCV's {@code cvRound}; sums of bytes are never off. */
    private static byte rounded(float value) {
        // Adding 2^23 leaves no fraction bits: the hardware's rounding is the one wanted.
        return (byte) (int) (value + 8388608f - 8388608f);
    }

    /** Which input pixels each output pixel covers, and how much of it each is. */
    private static final class Cells {

        /** The first input pixel of an output pixel. */
        final int[] first;

        /** Where its weights begin; the next one's beginning is their end. */
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
