package org.minigpt4j.weights;

import java.util.Arrays;
import java.util.Objects;

/**
 * The header of a tensor. A shape is valid if no size is negative and its size in bytes fits a
 * {@code long}; otherwise the constructor throws {@link IllegalArgumentException}.
 */
public record TensorInfo(String key, DType dtype, long[] shape) {

    /** Copies {@code shape}. */
    public TensorInfo {
        Objects.requireNonNull(key);
        Objects.requireNonNull(dtype);
        shape = shape.clone();
        byteLength(dtype, shape);
    }

    /** A copy of the shape, outermost dimension first; empty for a scalar. */
    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** Number of elements. */
    public long elements() {
        return byteLength() / dtype.size();
    }

    /** Size of all elements in bytes. */
    public long byteLength() {
        return byteLength(dtype, shape);
    }

    static long byteLength(DType dtype, long[] shape) {
        try {
            long bytes = dtype.size();
            for (long size : shape) {
                if (size < 0) {
                    throw new IllegalArgumentException("negative size in " + text(shape));
                }
                bytes = Math.multiplyExact(bytes, size);
            }
            return bytes;
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("shape too large: " + text(shape), e);
        }
    }

    private static String text(long[] shape) {
        return Arrays.toString(shape);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorInfo that
                && key.equals(that.key)
                && dtype == that.dtype
                && Arrays.equals(shape, that.shape);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * key.hashCode() + dtype.hashCode()) + Arrays.hashCode(shape);
    }

    /** For example {@code llama_proj.weight F32 [4096, 768]}. */
    @Override
    public String toString() {
        return key + " " + dtype + " " + text(shape);
    }
}
