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

    /**
     * How a part is trained, which its checkpoints name.
     *
     * @param steps of the whole schedule
     */
    record Plan(long seed, int steps) {

        private static final String SEED = "seed";
        private static final String STEPS = "steps";

        private Map<String, String> metadata() {
            return Map.of(SEED, Long.toString(seed), STEPS, Integer.toString(steps));
        }

        /** What was begun otherwise cannot become what this plan makes. */
        private void require(Path file, Map<String, String> found) {
            metadata()
                    .forEach(
                            (key, value) -> {
                                String other = found.getOrDefault(key, value);
                                if (!other.equals(value)) {
                                    throw new UsageException(
                                            "%s was begun with %s %s, not %s; name another --out, or move it away to begin anew"
                                                    .formatted(file, key, other, value));
                                }
                            });
        }
    }

    /** What the folder holds, or a beginning from the seed. */
    static PartState read(Path folder, PartLayout layout, Plan plan) {
        Path file = folder.resolve(NAME);
        int n = layout.length();
        if (!Files.exists(file)) {
            return new PartState(0, layout.initial(plan.seed), new float[n], new float[n]);
        }
        try (TensorSource source = TensorSource.open(file)) {
            plan.require(file, source.metadata());
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

    void write(Path folder, Plan plan) {
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
        try (var writer = SafetensorsWriter.create(folder.resolve(NAME), infos, plan.metadata())) {
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
