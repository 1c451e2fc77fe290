package org.minigpt4j.nano.parts;

import org.minigpt4j.UsageException;
import org.minigpt4j.weights.DType;
import org.minigpt4j.weights.Float16;
import org.minigpt4j.weights.SafetensorsWriter;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A part in training, as its folder keeps it.
 *
 * @param step steps done
 * @param weights the vector of {@link PartLayout}
 * @param first AdamW's running mean of the gradient
 * @param second that of its square
 */
record PartState(int step, float[] weights, float[] first, float[] second) {

    private static final String NAME = "checkpoint.safetensors";

    /** What the folder holds, or a beginning from the seed. */
    static PartState read(Path folder, PartLayout layout, long seed) {
        Path file = folder.resolve(NAME);
        int n = layout.length();
        if (!Files.exists(file)) {
            return new PartState(0, layout.initial(seed), new float[n], new float[n]);
        }
        try (TensorSource source = TensorSource.open(file)) {
            PartState state =
                    new PartState(
                            (int) floats(source, "step")[0],
                            floats(source, "weights"),
                            floats(source, "first"),
                            floats(source, "second"));
            if (state.weights.length != n) {
                throw new UsageException(
                        "%s belongs to a part with other sizes; move it away to start over"
                                .formatted(file));
            }
            return state;
        }
    }

    /** With weights as float16 keeps them, which is what the files hold. */
    PartState rounded() {
        float[] rounded = new float[weights.length];
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = Float16.toFloat(Float16.fromFloat(weights[i]));
        }
        return new PartState(step, rounded, first, second);
    }

    private static float[] floats(TensorSource source, String key) {
        float[] values = new float[Math.toIntExact(source.tensors().get(key).elements())];
        source.read(key).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }

    void write(Path folder) {
        Map<String, float[]> all =
                Map.of(
                        "step",
                        new float[] {step},
                        "weights",
                        weights,
                        "first",
                        first,
                        "second",
                        second);
        List<TensorInfo> infos =
                all.entrySet().stream()
                        .map(
                                e ->
                                        new TensorInfo(
                                                e.getKey(),
                                                DType.F32,
                                                new long[] {e.getValue().length}))
                        .toList();
        try (var writer = SafetensorsWriter.create(folder.resolve(NAME), infos, Map.of())) {
            all.forEach(
                    (key, values) -> {
                        ByteBuffer bytes =
                                ByteBuffer.allocate(values.length * Float.BYTES)
                                        .order(ByteOrder.LITTLE_ENDIAN);
                        bytes.asFloatBuffer().put(values);
                        writer.write(key, bytes);
                    });
            writer.commit();
        }
    }
}
