package org.minigpt4j.image;

import java.util.Arrays;

/**
 * A 64-bit hash that changes little when a picture is scaled or compressed again ("pHash", Zauner
 * 2010). The picture is reduced to 32 x 32 gray pixels; each bit compares one of its lowest 8 x 8
 * cosine coefficients with their median. Count the bits in which two hashes differ: up to about 6
 * for the same picture, about 32 for unrelated ones.
 */
final class PerceptualHash {

    private static final int EDGE = 32;
    private static final int LOW = 8;

    /** {@code COSINE[u][x]} for coefficient {@code u}. */
    private static final float[][] COSINE = new float[LOW][EDGE];

    static {
        for (int u = 0; u < LOW; u++) {
            for (int x = 0; x < EDGE; x++) {
                COSINE[u][x] = (float) Math.cos((2 * x + 1) * u * Math.PI / (2 * EDGE));
            }
        }
    }

    private PerceptualHash() {}

    static long of(Pixels picture, boolean ycc) {
        Pixels large =
                picture.width() < EDGE || picture.height() < EDGE
                        ? LanczosResize.enlarge(
                                picture,
                                Math.max(EDGE, picture.width()),
                                Math.max(EDGE, picture.height()))
                        : picture;
        byte[] samples = AreaResize.shrink(large, EDGE, EDGE).samples();
        float[] gray = new float[EDGE * EDGE];
        for (int i = 0; i < gray.length; i++) {
            int a = samples[3 * i] & 0xFF;
            int b = samples[3 * i + 1] & 0xFF;
            int c = samples[3 * i + 2] & 0xFF;
            gray[i] = ycc ? a : 0.299f * a + 0.587f * b + 0.114f * c;
        }
        return bits(coefficients(gray));
    }

    private static float[] coefficients(float[] gray) {
        float[] rows = new float[EDGE * LOW];
        for (int y = 0; y < EDGE; y++) {
            for (int u = 0; u < LOW; u++) {
                float sum = 0;
                for (int x = 0; x < EDGE; x++) {
                    sum += gray[y * EDGE + x] * COSINE[u][x];
                }
                rows[y * LOW + u] = sum;
            }
        }
        float[] out = new float[LOW * LOW];
        for (int v = 0; v < LOW; v++) {
            for (int y = 0; y < EDGE; y++) {
                for (int u = 0; u < LOW; u++) {
                    out[v * LOW + u] += rows[y * LOW + u] * COSINE[v][y];
                }
            }
        }
        return out;
    }

    /** Coefficient 0, the mean brightness, says nothing about the content and counts as 0. */
    private static long bits(float[] coefficients) {
        coefficients[0] = 0;
        float[] sorted = coefficients.clone();
        Arrays.sort(sorted);
        float median = (sorted[31] + sorted[32]) / 2;
        long hash = 0;
        for (int i = 0; i < coefficients.length; i++) {
            if (coefficients[i] > median) {
                hash |= 1L << i;
            }
        }
        return hash;
    }
}
