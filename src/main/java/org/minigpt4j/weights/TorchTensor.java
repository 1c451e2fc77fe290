package org.minigpt4j.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A tensor in the tree of a {@link TorchFile}; its bytes are read on demand. */
public interface TorchTensor {

    /** Type of its elements. */
    DType dtype();

    /** Its shape, outermost dimension first; empty for a scalar. */
    long[] shape();

    /** Its elements, in the layout that {@link TensorSource#read} describes. */
    ByteBuffer read();

    /** A tensor over little-endian bytes in memory. */
    static TorchTensor of(DType dtype, long[] shape, ByteBuffer bytes) {
        if (TensorInfo.byteLength(dtype, shape) != bytes.remaining()) {
            throw new IllegalArgumentException(
                    bytes.remaining() + " bytes for " + new TensorInfo("a tensor", dtype, shape));
        }
        return new HeldTensor(dtype, shape.clone(), bytes.slice());
    }

    /** A scalar float32; torch's optimizers store their step this way. */
    static TorchTensor scalar(float value) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        return of(DType.F32, new long[0], bytes.putFloat(value).flip());
    }
}
