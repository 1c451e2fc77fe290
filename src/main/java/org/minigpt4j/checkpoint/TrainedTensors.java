package org.minigpt4j.checkpoint;

import ai.djl.ndarray.types.Shape;

import org.minigpt4j.UsageException;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.TrainableSet;
import org.minigpt4j.model.TrainableTensor;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Trained tensors wherever they are: what {@code model.ckpt} may name. The projection is always
 * among them, the Q-Former's where it was trained.
 */
public final class TrainedTensors {

    private TrainedTensors() {}

    /**
     * Reads what a run's folder (its newest checkpoint), one checkpoint folder, or a {@code .pth}
     * or safetensors file with upstream's keys holds of {@code known}.
     *
     * @param setting the key that named the file, with its place, for messages
     * @param known every tensor that the model could have trained, in its shape
     * @throws UsageException if there is no projection, the file is damaged, or a tensor has
     *     another shape
     */
    public static TrainableValues read(Path path, String setting, TrainableSet known) {
        if (Files.isDirectory(path)) {
            TrainState state = NamedCheckpoint.inFolder(path, setting, known);
            return joined(state.carried(), state.trainable());
        }
        try (TensorSource source = TensorSource.open(path)) {
            return read(source, path, setting, known);
        }
    }

    /** The same, with a whole Q-Former if a tensor of one is among them. */
    public static TrainableValues completed(Path path, String setting, ModelFiles files) {
        return files.completed(read(path, setting, files.trainable(true)));
    }

    private static TrainableValues joined(TrainableValues one, TrainableValues two) {
        TrainableSet both = one.set().then(two.set());
        TrainableValues joined = new TrainableValues(both, new float[both.length()]);
        joined.putAll(one);
        joined.putAll(two);
        return joined;
    }

    private static TrainableValues read(
            TensorSource source, Path file, String setting, TrainableSet known) {
        String place = "%s: %s".formatted(setting, file);
        List<String> names = source.tensors().keySet().stream().toList();
        requireLayers(layers(names), place, known);
        for (TrainableTensor tensor : known.tensors()) {
            if (TrainableSet.isProjection(tensor.name()) && !names.contains(tensor.name())) {
                throw new UsageException("%s has no tensor %s".formatted(place, tensor.name()));
            }
        }
        List<TrainableTensor> there =
                known.tensors().stream()
                        .map(tensor -> source.tensors().get(tensor.name()))
                        .filter(Objects::nonNull)
                        .map(info -> new TrainableTensor(info.key(), new Shape(info.shape())))
                        .toList();
        TrainableSet found = new TrainableSet(there);
        check(found, place, known);
        TrainableValues values = new TrainableValues(found, new float[found.length()]);
        there.forEach(tensor -> values.put(tensor.name(), floats(source, tensor.name())));
        return values;
    }

    /**
     * Looks at the shapes of tensors.
     *
     * @param where they come from, for messages
     * @param known every tensor that the model could have trained, in its shape
     * @throws UsageException if a tensor has another shape, or the model has none with its name
     */
    public static void check(TrainableSet found, String where, TrainableSet known) {
        requireLayers(found.projectionLayers(), where, known);
        for (TrainableTensor tensor : found.tensors()) {
            Optional<Shape> expected =
                    Optional.of(tensor.name())
                            .filter(known::contains)
                            .map(name -> known.tensor(name).shape());
            if (!expected.equals(Optional.of(tensor.shape()))) {
                throw new UsageException(
                        ("%s: %s is %s, but the Q-Former and the language model ask for %s; was it"
                                        + " trained with a model of another size, or another"
                                        + " model.has_qformer?")
                                .formatted(
                                        where,
                                        tensor.name(),
                                        list(tensor.shape()),
                                        expected.map(TrainedTensors::list).orElse("none")));
            }
        }
    }

    /** The number of weights of a projection among tensors of these names. */
    private static int layers(List<String> names) {
        return (int)
                names.stream()
                        .filter(name -> TrainableSet.isProjection(name) && name.endsWith("weight"))
                        .count();
    }

    private static void requireLayers(int layers, String where, TrainableSet known) {
        int expected = known.projectionLayers();
        if (layers > 0 && layers != expected) {
            throw new UsageException(
                    "%s: its projection has %s, but model.proj_layers is %d; set it to %d"
                            .formatted(
                                    where,
                                    layers == 1 ? "one layer" : layers + " layers",
                                    expected,
                                    layers));
        }
    }

    private static String list(Shape shape) {
        return Arrays.toString(shape.getShape());
    }

    /** The values of a floating-point tensor. */
    public static float[] floats(TensorSource source, String key) {
        TensorInfo info = source.tensors().get(key);
        float[] values = new float[Math.toIntExact(info.elements())];
        info.dtype().widen(source.read(key), FloatBuffer.wrap(values));
        return values;
    }
}
