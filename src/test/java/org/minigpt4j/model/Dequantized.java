package org.minigpt4j.model;

import org.minigpt4j.weights.DType;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The decoder layers' matrices rounded to 127 steps of each row's largest magnitude. */
record Dequantized(TensorSource source) implements TensorSource {

    @Override
    public Map<String, TensorInfo> tensors() {
        var wide = new LinkedHashMap<>(source.tensors());
        wide.replaceAll(
                (key, info) ->
                        isQuantized(key) ? new TensorInfo(key, DType.F32, info.shape()) : info);
        return wide;
    }

    private static boolean isQuantized(String key) {
        return key.contains("_proj.weight");
    }

    @Override
    public ByteBuffer read(String key) {
        TensorInfo info = source.tensors().get(key);
        if (!isQuantized(key)) {
            return source.read(key);
        }
        float[] values = new float[(int) info.elements()];
        info.dtype().widen(source.read(key), FloatBuffer.wrap(values));
        int columns = (int) info.shape()[1];
        for (int begin = 0; begin < values.length; begin += columns) {
            float largest = 0;
            for (float v : Arrays.copyOfRange(values, begin, begin + columns)) {
                largest = Math.max(largest, Math.abs(v));
            }
            float scale = largest / 127;
            for (int i = begin; i < begin + columns; i++) {
                values[i] = (float) Math.rint(values[i] / scale) * scale;
            }
        }
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(values.length * Float.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }

    @Override
    public String fileOf(String key) {
        return source.fileOf(key);
    }

    @Override
    public void close() {
        source.close();
    }
}
