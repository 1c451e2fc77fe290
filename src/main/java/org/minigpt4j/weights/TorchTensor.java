package org.minigpt4j.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A tensor in the tree of a {@link TorchFile}: what it is, and its bytes when asked for. */
public interface TorchTensor {

    /** The type of its elements. */
    DType dtype();

    /** Its sizes, outermost first; empty for a scalar. */
    long[] shape();

    /** Its elements, laid out as {@link TensorSource#read} says. */
    ByteBuffer read();

    /** A tensor over little-endian bytes at hand. */
    static TorchTensor of(DType dtype, long[] shape, ByteBuffer bytes) {
        if (TensorInfo.byteLength(dtype, shape) != bytes.remaining()) {
            throw new IllegalArgumentException(
                    bytes.remaining() + " bytes for " + new TensorInfo("a tensor", dtype, shape));
        }
        return new HeldTensor(dtype, shape.clone(), bytes.slice());
    }

    /** A scalar of 32 bits, as torch's optimizers keep their step. */
    static TorchTensor scalar(float value) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        return of(DType.F32, new long[0], bytes.putFloat(value).flip());
    }
}
