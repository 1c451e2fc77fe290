package org.minigpt4j.data.feature;

import org.minigpt4j.weights.BFloat16;
import org.minigpt4j.weights.Float16;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** How a {@link FeatureStore} encodes numbers; all are little-endian. */
public enum FeatureFormat {
    /** 11 significant bits; suits features, which are normalised. */
    FP16(2),
    /** 8 significant bits and the range of fp32. */
    BF16(2),
    /** Unchanged 32-bit floats. */
    FP32(4);

    private final int bytes;

    FeatureFormat(int bytes) {
        this.bytes = bytes;
    }

    /** Size of a number in bytes. */
    public int bytes() {
        return bytes;
    }

    ByteBuffer encode(float[] values) {
        ByteBuffer buffer =
                ByteBuffer.allocate(values.length * bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            switch (this) {
                case FP16 -> buffer.putShort(Float16.fromFloat(value));
                case BF16 -> buffer.putShort(BFloat16.fromFloat(value));
                case FP32 -> buffer.putFloat(value);
            }
        }
        return buffer.flip();
    }

    float[] decode(ByteBuffer bytes, int length) {
        ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] =
                    switch (this) {
                        case FP16 -> Float16.toFloat(in.getShort());
                        case BF16 -> BFloat16.toFloat(in.getShort());
                        case FP32 -> in.getFloat();
                    };
        }
        return values;
    }
}
