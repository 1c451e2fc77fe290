package org.minigpt4j.weights;

/** The upper 16 bits of a float32: the same range, with 8 bits of precision. */
public final class BFloat16 {
    private BFloat16() {}

    /** Converts to single precision, which is always exact. */
    public static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** Rounds to the nearest bfloat16, ties to even. */
    public static short fromFloat(float single) {
        int bits = Float.floatToRawIntBits(single);
        if (Float.isNaN(single)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
}
