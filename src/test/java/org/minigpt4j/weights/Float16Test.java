package org.minigpt4j.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Random;

class Float16Test {

    /** The value as IEEE 754 spells it: sign, (1 or 0) + fraction, power of two. */
    private static double reference(int bits) {
        double sign = (bits & 0x8000) == 0 ? 1 : -1;
        int exponent = bits >> 10 & 0x1f;
        double fraction = (bits & 0x3ff) / 1024.0;
        if (exponent == 31) {
            return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
        }
        return exponent == 0
                ? sign * fraction * Math.pow(2, -14)
                : sign * (1 + fraction) * Math.pow(2, exponent - 15);
    }

    @Test
    void widensEveryHalf() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float expected = (float) reference(bits);
            float actual = Float16.toFloat((short) bits);
            assertEquals(
                    Float.floatToIntBits(expected), Float.floatToIntBits(actual), "half " + bits);
        }
    }

    @Test
    void narrowsEveryHalfBackToItself() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = Float16.toFloat((short) bits);
            short back = Float16.fromFloat(value);
            if (Float.isNaN(value)) {
                assertTrue(Float.isNaN(Float16.toFloat(back)));
            } else {
                assertEquals((short) bits, back);
            }
        }
    }

    @Test
    void roundsToTheNearestHalfAndTiesToEven() {
        for (int bits = 0; bits < 0x7bff; bits++) { // neighbours among the finite positives
            float low = Float16.toFloat((short) bits);
            float high = Float16.toFloat((short) (bits + 1));
            float middle = (float) ((reference(bits) + reference(bits + 1)) / 2);
            int even = (bits & 1) == 0 ? bits : bits + 1;
            assertEquals((short) even, Float16.fromFloat(middle), "tie above " + low);
            assertEquals((short) bits, Float16.fromFloat(Math.nextDown(middle)));
            assertEquals((short) (bits + 1), Float16.fromFloat(Math.nextUp(middle)));
            assertEquals((short) (bits + 1 | 0x8000), Float16.fromFloat(-high));
            assertEquals((short) (even | 0x8000), Float16.fromFloat(-middle));
        }
    }

    @Test
    void overflowsToInfinityHalfAUnitAboveTheLargest() {
        assertEquals((short) 0x7bff, Float16.fromFloat(Math.nextDown(65520f)));
        assertEquals((short) 0x7c00, Float16.fromFloat(65520f));
        assertEquals((short) 0xfc00, Float16.fromFloat(-Float.MAX_VALUE));
        assertEquals((short) 0x8000, Float16.fromFloat(-Float.MIN_VALUE));
    }

    /** What the delta merge relies on: rounding a sum to single first changes nothing. */
    @Test
    void sumsOfHalvesRoundOnce() {
        long seed = 20264;
        Random random = new Random(seed);
        for (int i = 0; i < 2_000_000; i++) {
            short a = (short) random.nextInt();
            short b = (short) random.nextInt();
            double exact = reference(a & 0xffff) + reference(b & 0xffff);
            if (Double.isNaN(exact) || Math.abs(exact) >= 65520) {
                continue;
            }
            short rounded = Float16.fromFloat(Float16.toFloat(a) + Float16.toFloat(b));
            double error = Math.abs(reference(rounded & 0xffff) - exact);
            for (int neighbour : new int[] {rounded - 1, rounded + 1}) {
                double other = Math.abs(reference(neighbour & 0xffff) - exact);
                assertTrue(
                        Double.isNaN(other)
                                || error < other
                                || error == other && (rounded & 1) == 0,
                        a + " + " + b + ", seed " + seed);
            }
        }
    }

    @Test
    void bfloat16IsTheUpperHalfOfASingle() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = BFloat16.toFloat((short) bits);
            if (!Float.isNaN(value)) {
                assertEquals(bits << 16, Float.floatToRawIntBits(value));
                assertEquals((short) bits, BFloat16.fromFloat(value));
            } else {
                assertTrue(Float.isNaN(BFloat16.toFloat(BFloat16.fromFloat(value))));
            }
        }
        assertEquals((short) 0x3f80, BFloat16.fromFloat(Float.intBitsToFloat(0x3f808000)));
        assertEquals((short) 0x3f82, BFloat16.fromFloat(Float.intBitsToFloat(0x3f818000)));
        assertEquals((short) 0x3f81, BFloat16.fromFloat(Float.intBitsToFloat(0x3f808001)));
    }

    @Test
    void widensBuffersOfEveryFloatingType() {
        float[] values = {1.5f, -0.375f, 0, 2048};
        for (DType dtype : DType.values()) {
            ByteBuffer source =
                    ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
            FloatBuffer target = FloatBuffer.allocate(values.length - 1);
            if (!dtype.isFloat()) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> dtype.widen(source, target),
                        "" + dtype);
                continue;
            }
            for (float value : values) {
                switch (dtype) {
                    case F64 -> source.putDouble(value);
                    case F32 -> source.putFloat(value);
                    case F16 -> source.putShort(Float16.fromFloat(value));
                    default -> source.putShort(BFloat16.fromFloat(value));
                }
            }
            dtype.widen(source.flip(), target);
            assertEquals(FloatBuffer.wrap(values, 0, values.length - 1), target.flip());
            assertEquals(dtype.size(), source.remaining(), "one element is left for the next call");
            dtype.widen(source, target.clear());
            assertEquals(FloatBuffer.wrap(new float[] {2048}), target.flip());
        }
    }
}
