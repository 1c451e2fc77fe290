package org.minigpt4j.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * Pillow's bicubic resize of 8-bit pictures, bit for bit: rows first, then columns, with integer
 * sums, rounded and clipped to a byte after each pass. A pass that would change nothing is skipped,
 * and the first pass skips rows that the second does not read. Source: Pillow's {@code
 * libImaging/Resample.c}.
 *
 * <p>Both passes add up lines: the first adds columns, a block of rows at a time; the second adds
 * rows. A line holds its reds, then its greens, then its blues, as one int each. The loops are in
 * {@link ResizeWeights}. Buffers are reused between pictures, so only one thread may use an
 * instance.
 */
public final class BicubicResize {

    /** Rows per block: enough for long loops, few enough for the caches. */
    private static final int BLOCK = 64;

    /** Rows whose pixels are gathered together. */
    private static final int TILE = 16;

    /** Random crops have many sizes, so the weights of this many recent sizes are cached. */
    private static final int MOST_WEIGHTS = 64;

    /** Maximum length of cached buffers, in rows or columns; larger ones are freed after use. */
    private static final int MOST_LINES = 4096;

    private static final VarHandle FOUR_BYTES =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final Map<Long, ResizeWeights> weights = new HashMap<>();
    private final int[] columnSum = new int[3 * BLOCK];
    private final int[] nextSum = new int[3 * BLOCK];
    private int[][] columns = new int[0][0];
    private int[][] rows = new int[0][0];
    private int[] rowSum = new int[0];

    /**
     * Crops {@code box} from {@code image} and resizes it to {@code size} x {@code size}: {@code
     * size * size * 3} bytes, row by row, RGB.
     */
    byte[] toSquare(RgbImage image, Box box, int size) {
        if (box.width() == size && box.height() == size) {
            return cut(image, box);
        }
        ResizeWeights down = weights(box.height(), size);
        int top = down.first(0);
        Box used = new Box(box.left(), box.top() + top, box.width(), down.end(size - 1) - top);
        if (rows.length < used.height() + ResizeWeights.SPARE || rowSum.length != 3 * size) {
            rows = new int[used.height() + ResizeWeights.SPARE][3 * size];
            rowSum = new int[3 * size];
        }
        if (box.width() == size) {
            split(image, used);
        } else {
            horizontal(image, used, weights(box.width(), size));
        }
        byte[] out = vertical(down, top, box.height() == size);
        columns = columns.length > MOST_LINES ? new int[0][0] : columns;
        rows = rows.length > MOST_LINES ? new int[0][0] : rows;
        return out;
    }

    /** Returns the rows from {@code top} as bytes, resized unless {@code asTheyAre}. */
    private byte[] vertical(ResizeWeights down, int top, boolean asTheyAre) {
        int size = down.size();
        byte[] out = new byte[size * size * 3];
        for (int y = 0; y < size; y++) {
            if (asTheyAre) {
                join(rows[y], size, out, y * size * 3);
            } else {
                down.sum(rows, y, top, rowSum);
                join(rowSum, size, out, y * size * 3);
            }
        }
        return out;
    }

    private ResizeWeights weights(int from, int to) {
        if (from > MOST_LINES) {
            return new ResizeWeights(from, to);
        }
        if (weights.size() == MOST_WEIGHTS) {
            weights.clear();
        }
        return weights.computeIfAbsent((long) from << 32 | to, key -> new ResizeWeights(from, to));
    }

    private void horizontal(RgbImage image, Box box, ResizeWeights across) {
        int size = across.size();
        int[] sum = columnSum;
        int[] other = nextSum;
        if (columns.length < box.width() + ResizeWeights.SPARE) {
            columns = new int[box.width() + ResizeWeights.SPARE][3 * BLOCK];
        }
        for (int y = 0; y < box.height(); y += BLOCK) {
            int count = Math.min(BLOCK, box.height() - y);
            turn(image, box.left(), box.top() + y, box.width(), count);
            // Two columns at a time, so that each row is visited half as often.
            for (int x = 0; x < size; x += 2) {
                int next = Math.min(x + 1, size - 1);
                across.sum(columns, x, 0, sum);
                across.sum(columns, next, 0, other);
                for (int i = 0; i < count; i++) {
                    int[] row = rows[y + i];
                    row[x] = sum[i];
                    row[next] = other[i];
                    row[size + x] = sum[BLOCK + i];
                    row[size + next] = other[BLOCK + i];
                    row[2 * size + x] = sum[2 * BLOCK + i];
                    row[2 * size + next] = other[2 * BLOCK + i];
                }
            }
        }
    }

    /** Transposes the pixels of {@code count} rows into columns. */
    private void turn(RgbImage image, int left, int top, int width, int count) {
        byte[] rgb = image.rgb();
        int stride = 3 * image.width();
        for (int y = 0; y < count; y += TILE) {
            int end = Math.min(y + TILE, count);
            for (int x = 0; x < width; x++) {
                int[] column = columns[x];
                int from = (top + y) * stride + 3 * (left + x);
                for (int i = y; i < end; i++, from += stride) {
                    column[i] = rgb[from] & 0xFF;
                    column[BLOCK + i] = rgb[from + 1] & 0xFF;
                    column[2 * BLOCK + i] = rgb[from + 2] & 0xFF;
                }
            }
        }
    }

    /** Copies the rows of the box without resizing. */
    private void split(RgbImage image, Box box) {
        byte[] rgb = image.rgb();
        int width = box.width();
        for (int y = 0; y < box.height(); y++) {
            int[] row = rows[y];
            int from = ((box.top() + y) * image.width() + box.left()) * 3;
            for (int x = 0; x < width; x++, from += 3) {
                row[x] = rgb[from] & 0xFF;
                row[width + x] = rgb[from + 1] & 0xFF;
                row[2 * width + x] = rgb[from + 2] & 0xFF;
            }
        }
    }

    /** Writes a row as bytes, four pixels at a time while at least four are left. */
    private static void join(int[] row, int width, byte[] rgb, int start) {
        int to = start;
        int x = 0;
        for (; x + 4 <= width; x += 4, to += 12) {
            int b = pixel(row, width, x + 1);
            int c = pixel(row, width, x + 2);
            FOUR_BYTES.set(rgb, to, pixel(row, width, x) | b << 24);
            FOUR_BYTES.set(rgb, to + 4, b >> 8 | c << 16);
            FOUR_BYTES.set(rgb, to + 8, c >> 16 | pixel(row, width, x + 3) << 8);
        }
        for (; x < width; x++, to += 3) {
            rgb[to] = (byte) row[x];
            rgb[to + 1] = (byte) row[width + x];
            rgb[to + 2] = (byte) row[2 * width + x];
        }
    }

    /** Packs a pixel into an int, red in the lowest byte. */
    private static int pixel(int[] row, int width, int x) {
        return row[x] | row[width + x] << 8 | row[2 * width + x] << 16;
    }

    private static byte[] cut(RgbImage image, Box box) {
        if (box.equals(Box.whole(image))) {
            return image.rgb();
        }
        byte[] out = new byte[box.height() * box.width() * 3];
        int length = box.width() * 3;
        for (int y = 0; y < box.height(); y++) {
            int from = ((box.top() + y) * image.width() + box.left()) * 3;
            System.arraycopy(image.rgb(), from, out, y * length, length);
        }
        return out;
    }
}
