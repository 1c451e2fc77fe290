package org.minigpt4j.model;

import org.minigpt4j.weights.DType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.stream.IntStream;

/**
 * Turns the rows of a matrix into int8 with a scale per row: the largest magnitude of each row
 * becomes 127. Each row is widened, searched and rounded while it is in the cache, and blocks of
 * rows go to all processors, so that the next rows are read while others are worked on.
 */
final class Int8Rows {

    private static final int BLOCK = 1 << 17; // elements that a processor takes at once
    private static final float LARGEST = 127;
    private static final float SMALLEST = 1e-12f; // so that a row of zeros divides by something

    /**
     * Added to a float below 2^22, it leaves the nearest integer, ties to even, in the low bits.
     */
    private static final float ROUNDS = 0x1.8p23f;

    private Int8Rows() {}

    /**
     * Quantises a matrix.
     *
     * @param dtype of the elements in {@code matrix}, a floating-point type
     * @param matrix rows x columns elements, little-endian
     * @param quantized gets rows x columns bytes
     * @param scales receives one number per row, the factor of the quantised row
     */
    static void quantize(
            DType dtype, ByteBuffer matrix, int columns, ByteBuffer quantized, FloatBuffer scales) {
        int rows = columns == 0 ? 0 : quantized.capacity() / columns;
        int together = Math.max(1, BLOCK / Math.max(1, columns));
        IntStream.range(0, (rows + together - 1) / together)
                .parallel()
                .forEach(
                        block -> {
                            int first = block * together;
                            int end = Math.min(rows, first + together);
                            block(dtype, matrix, first, end, columns, quantized, scales);
                        });
    }

    private static void block(
            DType dtype,
            ByteBuffer matrix,
            int first,
            int end,
            int columns,
            ByteBuffer quantized,
            FloatBuffer scales) {
        float[] row = new float[columns];
        byte[] bytes = new byte[columns];
        FloatBuffer wide = FloatBuffer.wrap(row);
        int length = columns * dtype.size();
        for (int r = first; r < end; r++) {
            ByteBuffer source = matrix.slice(r * length, length).order(ByteOrder.LITTLE_ENDIAN);
            dtype.widen(source, wide.clear());
            float scale = scale(row);
            for (int i = 0; i < row.length; i++) {
                bytes[i] = (byte) Float.floatToRawIntBits(row[i] / scale + ROUNDS);
            }
            quantized.put(r * columns, bytes);
            scales.put(r, scale);
        }
    }

    private static float scale(float[] row) {
        int largest = 0; // bits of magnitudes are in the order of the magnitudes, a NaN above all
        for (float value : row) {
            largest = Math.max(largest, Float.floatToRawIntBits(value) & Integer.MAX_VALUE);
        }
        return Math.max(Float.intBitsToFloat(largest), SMALLEST) / LARGEST;
    }
}
