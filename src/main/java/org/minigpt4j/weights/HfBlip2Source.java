package org.minigpt4j.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A whole MiniGPT-4 as one source of tensors, with the names of Hugging Face's {@code
 * Blip2ForConditionalGeneration}. Each tensor has the bytes and type of its file. The caller closes
 * the added sources.
 */
public final class HfBlip2Source implements TensorSource {

    private static final String LLM = "language_model.";

    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, Supplier<ByteBuffer>> bytes = new LinkedHashMap<>();
    private final Map<String, String> files = new LinkedHashMap<>();

    /** Adds tensors of the image encoder or of the Q-Former, under upstream's names. */
    public void addEncoder(TensorSource source, Collection<String> keys) {
        for (String key : keys) {
            if (key.endsWith(".attn.q_bias")) {
                addBias(source, key);
            } else if (!key.endsWith(".attn.v_bias")) {
                String theirs =
                        HfBlip2Keys.theirs(key)
                                .orElseThrow(() -> new IllegalArgumentException(key));
                add(theirs, source, key);
            }
        }
    }

    /** Adds tensors of the language model. */
    public void addLanguageModel(TensorSource source, Collection<String> keys) {
        keys.forEach(key -> add(LLM + key, source, key));
    }

    /** Adds the projection: the weight as [hidden, width] row by row, and the bias as [hidden]. */
    public void addProjection(float[] weight, float[] bias) {
        long[] shape = {bias.length, weight.length / bias.length};
        put("language_projection.weight", DType.F32, shape, () -> floats(weight), "model.ckpt");
        put(
                "language_projection.bias",
                DType.F32,
                new long[] {bias.length},
                () -> floats(bias),
                "model.ckpt");
    }

    /** Adds the biases of queries and values, with zeros for the keys between them. */
    private void addBias(TensorSource source, String key) {
        String values = key.replace(".q_bias", ".v_bias");
        TensorInfo info = source.tensors().get(key);
        String theirs =
                "vision_model.encoder.layers.%s.self_attn.qkv.bias"
                        .formatted(key.substring("blocks.".length(), key.indexOf(".attn.")));
        put(
                theirs,
                info.dtype(),
                new long[] {3 * info.shape()[0]},
                () -> {
                    ByteBuffer first = source.read(key);
                    ByteBuffer last = source.read(values);
                    int length = first.remaining();
                    ByteBuffer all = ByteBuffer.allocateDirect(3 * length);
                    all.put(0, first, first.position(), length);
                    all.put(2 * length, last, last.position(), length);
                    return all.order(ByteOrder.LITTLE_ENDIAN);
                },
                source.fileOf(key));
    }

    private void add(String theirs, TensorSource source, String key) {
        TensorInfo info = source.tensors().get(key);
        put(theirs, info.dtype(), info.shape(), () -> source.read(key), source.fileOf(key));
    }

    private void put(
            String key, DType dtype, long[] shape, Supplier<ByteBuffer> content, String file) {
        tensors.put(key, new TensorInfo(key, dtype, shape));
        bytes.put(key, content);
        files.put(key, file);
    }

    private static ByteBuffer floats(float[] values) {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(values.length * Float.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public ByteBuffer read(String key) {
        return bytes.get(key).get();
    }

    @Override
    public String fileOf(String key) {
        return files.get(key);
    }

    @Override
    public void close() {}
}
