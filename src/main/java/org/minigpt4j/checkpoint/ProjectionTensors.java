package org.minigpt4j.checkpoint;

import org.minigpt4j.UsageException;
import org.minigpt4j.model.ProjectionValues;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/** The two tensors of a projection in a file of weights, and the sizes that they must have. */
public final class ProjectionTensors {

    private ProjectionTensors() {}

    /**
     * Reads the projection of a {@code .pth} or safetensors file with upstream's keys.
     *
     * @param setting the key that named the file, with its place, for messages
     * @throws UsageException if it has none, or it does not lead from {@code width} to {@code
     *     hidden} channels
     */
    static ProjectionValues read(Path path, String setting, int hidden, int width) {
        try (TensorSource source = TensorSource.open(path)) {
            check(source, path, setting, "llama_proj.weight", hidden, width);
            check(source, path, setting, "llama_proj.bias", hidden);
            return new ProjectionValues(
                    floats(source, "llama_proj.weight"), floats(source, "llama_proj.bias"));
        }
    }

    /**
     * Looks at the size of a projection of our own.
     *
     * @param where it comes from, for messages
     * @throws UsageException if it does not lead from {@code width} to {@code hidden} channels
     */
    public static void check(ProjectionValues values, String where, int hidden, int width) {
        int rows = values.bias().length;
        check(
                where,
                "llama_proj.weight",
                new long[] {rows, values.weight().length / rows},
                hidden,
                width);
    }

    private static void check(
            TensorSource source, Path file, String setting, String key, long... expected) {
        TensorInfo info = source.tensors().get(key);
        if (info == null) {
            throw new UsageException(setting + ": " + file + " has no tensor " + key);
        }
        check(setting + ": " + file, key, info.shape(), expected);
    }

    private static void check(String where, String key, long[] shape, long... expected) {
        if (!Arrays.equals(shape, expected)) {
            throw new UsageException(
                    where
                            + ": "
                            + key
                            + " is "
                            + Arrays.toString(shape)
                            + ", but the Q-Former and the language model ask for "
                            + Arrays.toString(expected)
                            + "; was it trained with a language model of another size?");
        }
    }

    /** The values of a floating-point tensor. */
    public static float[] floats(TensorSource source, String key) {
        TensorInfo info = source.tensors().get(key);
        float[] values = new float[Math.toIntExact(info.elements())];
        info.dtype().widen(source.read(key), FloatBuffer.wrap(values));
        return values;
    }
}
