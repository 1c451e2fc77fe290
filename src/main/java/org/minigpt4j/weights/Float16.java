package org.minigpt4j.weights;

/**
 * IEEE 754 half precision: 1 sign, 5 exponent (bias 15) and 10 fraction bits. The JDK has these
 * conversions only from version 20; this project runs on 17.
 */
public final class Float16 {
    private static final int SMALLEST_NORMAL = 0x38800000; // 2^-14 as a single
    private static final int ROUNDS_TO_ZERO = 0x33000000; // 2^-25, half the smallest subnormal
    private static final int ROUNDS_TO_INFINITY = 0x477ff000; // 65520, half a unit above 65504
    private static final int INFINITY = 0x7f800000;

    private static final float[] SINGLES = new float[1 << 16];

    static {
        for (int bits = 0; bits < SINGLES.length; bits++) {
            SINGLES[bits] = widen(bits);
        }
    }

    private Float16() {}

    /** Converts to single precision, which is always exact. */
    public static float toFloat(short half) {
        return SINGLES[half & 0xffff];
    }

    /**
     * Rounds to the nearest half, ties to even; values beyond 65504 become infinity, as in
     * hardware.
     */
    public static short fromFloat(float single) {
        int bits = Float.floatToRawIntBits(single);
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & 0x7fffffff;
        if (magnitude > INFINITY) {
            return (short) (sign | 0x7e00 | magnitude >>> 13 & 0x3ff);
        }
        if (magnitude >= ROUNDS_TO_INFINITY) {
            return (short) (sign | 0x7c00);
        }
        if (magnitude >= SMALLEST_NORMAL) {
            // exponent bias 127 becomes 15; a carry out of the fraction correctly increments it
            return (short) (sign | rounded(magnitude - (112 << 23), 13));
        }
        if (magnitude <= ROUNDS_TO_ZERO) {
            return (short) sign;
        }
        int fraction = magnitude & 0x7fffff | 0x800000;
        return (short) (sign | rounded(fraction, 126 - (magnitude >>> 23)));
    }

    /** {@code value >> shift}, rounded to the nearest, ties to even. */
    private static int rounded(int value, int shift) {
        int floor = value >>> shift;
        int rest = value & (1 << shift) - 1;
        int half = 1 << shift - 1;
        return rest > half || rest == half && (floor & 1) == 1 ? floor + 1 : floor;
    }

    private static float widen(int bits) {
        int sign = (bits & 0x8000) << 16;
        int exponent = bits >>> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        if (exponent == 0) {
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        int wide = exponent == 31 ? 255 : exponent + 112;
        return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
    }
}
