package org.minigpt4j.train;

import org.minigpt4j.UsageException;
import org.minigpt4j.model.ProjectionValues;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Projections in files: what {@code model.ckpt} may name. */
public final class Projections {

    private Projections() {}

    /**
     * Reads the projection of a run's folder (its newest checkpoint), of one checkpoint folder, or
     * of a {@code .pth} or safetensors file with upstream's keys.
     *
     * @param setting the key that named the file, with its place, for messages
     * @throws UsageException if there is none, or it does not lead from {@code width} to {@code
     *     hidden} channels
     */
    public static ProjectionValues read(Path path, String setting, int hidden, int width) {
        Path file = path;
        if (Files.isDirectory(path)) {
            Path folder = RunFolder.isRun(path) ? new RunFolder(path).newest().orElse(path) : path;
            file = folder.resolve(Checkpoint.TENSORS);
            if (!Files.exists(file)) {
                throw new UsageException(
                        setting
                                + ": "
                                + path
                                + " holds no checkpoint; name the output folder of a run, one"
                                + " folder below its checkpoints, or a .pth file");
            }
        }
        try (TensorSource source = TensorSource.open(file)) {
            check(source, file, setting, "llama_proj.weight", hidden, width);
            check(source, file, setting, "llama_proj.bias", hidden);
            return new ProjectionValues(
                    floats(source, "llama_proj.weight"), floats(source, "llama_proj.bias"));
        }
    }

    private static void check(
            TensorSource source, Path file, String setting, String key, long... expected) {
        TensorInfo info = source.tensors().get(key);
        if (info == null) {
            throw new UsageException(setting + ": " + file + " has no tensor " + key);
        }
        if (!Arrays.equals(info.shape(), expected)) {
            throw new UsageException(
                    setting
                            + ": "
                            + file
                            + ": "
                            + key
                            + " is "
                            + Arrays.toString(info.shape())
                            + ", but the Q-Former and the language model ask for "
                            + Arrays.toString(expected)
                            + "; was it trained with a language model of another size?");
        }
    }

    /** The values of a floating-point tensor. */
    static float[] floats(TensorSource source, String key) {
        TensorInfo info = source.tensors().get(key);
        float[] values = new float[Math.toIntExact(info.elements())];
        info.dtype().widen(source.read(key), FloatBuffer.wrap(values));
        return values;
    }
}
