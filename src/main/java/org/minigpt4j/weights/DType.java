package org.minigpt4j.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Optional;

/** The element types of weight files, with the names that safetensors uses. */
public enum DType {
    /** 64-bit float. */
    F64(8),
    /** 32-bit float. */
    F32(4),
    /** 16-bit float (IEEE half precision). */
    F16(2),
    /** The upper half of a 32-bit float. */
    BF16(2),
    /** Signed 64-bit integer. */
    I64(8),
    /** Signed 32-bit integer. */
    I32(4),
    /** Signed 16-bit integer. */
    I16(2),
    /** Signed byte. */
    I8(1),
    /** Unsigned byte. */
    U8(1),
    /** One byte, 0 or 1. */
    BOOL(1);

    private static final int PIECE = 2048;

    private final int size;

    DType(int size) {
        this.size = size;
    }

    /** Size of an element in bytes. */
    public int size() {
        return size;
    }

    /** True for floating-point types. */
    public boolean isFloat() {
        return this == F64 || this == F32 || this == F16 || this == BF16;
    }

    /**
     * Converts elements of this floating type to float32 until one of the buffers is exhausted.
     * Exact, except for F64, which is rounded.
     *
     * @throws IllegalArgumentException for other types
     */
    public void widen(ByteBuffer source, FloatBuffer target) {
        ByteBuffer little = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int count = Math.min(little.remaining() / size, target.remaining());
        int begin = little.position();
        switch (this) {
            case F16, BF16 -> widenHalves(little.asShortBuffer(), target, count);
            case F32 -> target.put(little.asFloatBuffer().limit(count));
            case F64 -> {
                DoubleBuffer doubles = little.asDoubleBuffer();
                for (int i = 0; i < count; i++) {
                    target.put((float) doubles.get(i));
                }
            }
            default -> throw new IllegalArgumentException(this + " is not a floating type");
        }
        source.position(begin + count * size);
    }

    /** Goes through arrays that fit the first-level cache, because buffers check every access. */
    private void widenHalves(ShortBuffer halves, FloatBuffer target, int count) {
        short[] from = new short[Math.min(count, PIECE)];
        float[] to = new float[from.length];
        for (int done = 0; done < count; done += from.length) {
            int piece = Math.min(from.length, count - done);
            halves.get(from, 0, piece);
            if (this == F16) {
                for (int i = 0; i < piece; i++) {
                    to[i] = Float16.toFloat(from[i]);
                }
            } else {
                for (int i = 0; i < piece; i++) {
                    to[i] = BFloat16.toFloat(from[i]);
                }
            }
            target.put(to, 0, piece);
        }
    }

    static Optional<DType> ofSafetensors(String name) {
        for (DType dtype : values()) {
            if (dtype.name().equals(name)) {
                return Optional.of(dtype);
            }
        }
        return Optional.empty();
    }
}
