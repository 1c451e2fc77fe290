package org.minigpt4j.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A tensor whose bytes are in memory. */
record HeldTensor(DType dtype, long[] shape, ByteBuffer bytes) implements TorchTensor {

    @Override
    public ByteBuffer read() {
        return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }
}
