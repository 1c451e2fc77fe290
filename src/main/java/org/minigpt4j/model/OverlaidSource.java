package org.minigpt4j.model;

import org.minigpt4j.weights.DType;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** A source some of whose tensors were trained since: those come from {@code trained}. */
public record OverlaidSource(TensorSource under, TrainableValues trained) implements TensorSource {

    @Override
    public Map<String, TensorInfo> tensors() {
        Map<String, TensorInfo> tensors = new LinkedHashMap<>(under.tensors());
        for (TrainableTensor tensor : trained.set().tensors()) {
            long[] shape = tensor.shape().getShape();
            tensors.computeIfPresent(
                    tensor.name(), (key, info) -> new TensorInfo(key, DType.F32, shape));
        }
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Map<String, String> unread() {
        Map<String, String> unread = new LinkedHashMap<>(under.unread());
        unread.keySet().removeIf(trained.set()::contains);
        return unread;
    }

    @Override
    public ByteBuffer read(String key) {
        if (!trained.set().contains(key)) {
            return under.read(key);
        }
        TrainableTensor tensor = trained.set().tensor(key);
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(tensor.length() * Float.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(trained.of(tensor));
        return bytes;
    }

    @Override
    public String fileOf(String key) {
        return under.fileOf(key);
    }

    @Override
    public void close() {
        under.close();
    }
}
