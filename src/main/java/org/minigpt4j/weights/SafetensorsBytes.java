package org.minigpt4j.weights;

import org.minigpt4j.UsageException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Small safetensors files of float32 tensors, encoded and decoded in memory. */
public final class SafetensorsBytes {

    private SafetensorsBytes() {}

    /** A tensor in memory. */
    public record Tensor(long[] shape, float[] values) {}

    /** Encodes these tensors, in order, as a file. */
    public static byte[] encode(Map<String, Tensor> tensors, Map<String, String> metadata) {
        Map<String, SafetensorsHeader.Entry> entries = new LinkedHashMap<>();
        long end = 0;
        for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
            var info = new TensorInfo(tensor.getKey(), DType.F32, tensor.getValue().shape());
            var entry = new SafetensorsHeader.Entry(info, end);
            entries.put(tensor.getKey(), entry);
            end = entry.end();
        }
        byte[] json =
                new SafetensorsHeader(entries, Map.of(), metadata)
                        .json()
                        .getBytes(StandardCharsets.UTF_8);
        int padded = (json.length + 7) / 8 * 8;
        ByteBuffer file =
                ByteBuffer.allocate(Math.toIntExact(Long.BYTES + padded + end))
                        .order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(padded).put(json);
        while (file.position() < Long.BYTES + padded) {
            file.put((byte) ' ');
        }
        tensors.values().forEach(tensor -> putAll(file, tensor.values()));
        return file.array();
    }

    private static void putAll(ByteBuffer file, float[] values) {
        file.asFloatBuffer().put(values);
        file.position(file.position() + values.length * Float.BYTES);
    }

    /**
     * Decodes the tensors of such a file.
     *
     * @param name name of the file, for messages
     * @throws UsageException if it is not a safetensors file, or has another dtype
     */
    public static Map<String, Tensor> decode(String name, byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        long header = file.length < Long.BYTES ? -1 : bytes.getLong();
        if (header < 2 || header > file.length - Long.BYTES) {
            throw new UsageException(name + " is not a safetensors file");
        }
        String json = new String(file, Long.BYTES, (int) header, StandardCharsets.UTF_8);
        int data = Long.BYTES + (int) header;
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        SafetensorsHeader.parse(name, json, file.length - data)
                .entries()
                .forEach(
                        (key, entry) -> {
                            if (entry.info().dtype() != DType.F32) {
                                throw new UsageException(name + ": " + key + " is not float32");
                            }
                            float[] values = new float[Math.toIntExact(entry.info().elements())];
                            bytes.position(data + (int) entry.begin());
                            bytes.asFloatBuffer().get(values);
                            tensors.put(key, new Tensor(entry.info().shape(), values));
                        });
        return tensors;
    }
}
