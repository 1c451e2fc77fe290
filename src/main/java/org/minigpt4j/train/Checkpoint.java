package org.minigpt4j.train;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.Sha256;
import org.minigpt4j.model.ProjectionValues;
import org.minigpt4j.weights.DType;
import org.minigpt4j.weights.SafetensorsWriter;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A folder that holds a {@link TrainState}: {@code state.safetensors} for what is a tensor, {@code
 * state.json} for the rest, and {@code manifest.json} with the length and SHA-256 of both. Each
 * file appears whole, and the manifest last: a folder without one was never finished and does not
 * count. Reading compares every hash, so a damaged checkpoint is an error and never a wrong number.
 *
 * @param state where the run stood
 * @param config the run's merged configuration
 */
public record Checkpoint(TrainState state, Map<String, Object> config) {

    static final String TENSORS = "state.safetensors";
    static final String STATE = "state.json";
    static final String MANIFEST = "manifest.json";

    private static final int FORMAT = 1;
    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();

    /** What {@code state.json} says. */
    private record StateFile(
            int format, int iteration, long position, int updates, Map<String, Object> config) {}

    /** What {@code manifest.json} says of a file. */
    private record Entry(long bytes, String sha256) {}

    /** What {@code manifest.json} says. */
    private record Manifest(Map<String, Entry> files) {}

    /** Writes this checkpoint as {@code folder}. */
    void write(Path folder) {
        Map<String, float[]> tensors = new LinkedHashMap<>();
        put(tensors, "llama_proj", state.projection());
        put(tensors, "exp_avg.llama_proj", state.firstMoment());
        put(tensors, "exp_avg_sq.llama_proj", state.secondMoment());
        put(tensors, "pending.llama_proj", state.pending());
        writeTensors(folder.resolve(TENSORS), tensors, state.projection().bias().length);
        AtomicFile.writeString(
                folder.resolve(STATE),
                GSON.toJson(
                        new StateFile(
                                FORMAT,
                                state.iteration(),
                                state.position(),
                                state.updates(),
                                config)));
        Map<String, Entry> files = new LinkedHashMap<>();
        for (String name : new String[] {TENSORS, STATE}) {
            files.put(name, entry(folder.resolve(name)));
        }
        AtomicFile.writeString(folder.resolve(MANIFEST), GSON.toJson(new Manifest(files)));
    }

    private static void put(Map<String, float[]> tensors, String name, ProjectionValues values) {
        tensors.put(name + ".weight", values.weight());
        tensors.put(name + ".bias", values.bias());
    }

    private static void writeTensors(Path file, Map<String, float[]> tensors, int hidden) {
        var infos =
                tensors.entrySet().stream()
                        .map(e -> new TensorInfo(e.getKey(), DType.F32, shape(e, hidden)))
                        .toList();
        try (var writer = SafetensorsWriter.create(file, infos, Map.of("format", "minigpt4j"))) {
            tensors.forEach((key, values) -> writer.write(key, bytes(values)));
            writer.commit();
        }
    }

    private static long[] shape(Map.Entry<String, float[]> tensor, int hidden) {
        return tensor.getKey().endsWith(".bias")
                ? new long[] {hidden}
                : new long[] {hidden, tensor.getValue().length / hidden};
    }

    private static ByteBuffer bytes(float[] values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }

    /**
     * Reads a folder that {@link #write} made.
     *
     * @throws UsageException if it is unfinished, damaged or of another format, naming the file
     */
    static Checkpoint read(Path folder) {
        Manifest manifest = parse(folder.resolve(MANIFEST), Manifest.class);
        for (String name : new String[] {TENSORS, STATE}) {
            Entry expected = manifest.files() == null ? null : manifest.files().get(name);
            Path file = folder.resolve(name);
            if (expected == null || !Files.exists(file) || !expected.equals(entry(file))) {
                throw new UsageException(
                        file
                                + " is not what "
                                + MANIFEST
                                + " says it was; the checkpoint is damaged");
            }
        }
        StateFile file = parse(folder.resolve(STATE), StateFile.class);
        if (file.format() != FORMAT) {
            throw new UsageException(
                    folder.resolve(STATE)
                            + " has format "
                            + file.format()
                            + "; this version reads format "
                            + FORMAT);
        }
        try (TensorSource source = TensorSource.open(folder.resolve(TENSORS))) {
            TrainState state =
                    new TrainState(
                            file.iteration(),
                            file.position(),
                            file.updates(),
                            values(source, "llama_proj"),
                            values(source, "exp_avg.llama_proj"),
                            values(source, "exp_avg_sq.llama_proj"),
                            values(source, "pending.llama_proj"));
            return new Checkpoint(state, file.config());
        }
    }

    private static ProjectionValues values(TensorSource source, String name) {
        return new ProjectionValues(
                Projections.floats(source, name + ".weight"),
                Projections.floats(source, name + ".bias"));
    }

    private static <T> T parse(Path file, Class<T> type) {
        try {
            T value = GSON.fromJson(Files.readString(file), type);
            if (value == null) {
                throw new UsageException(file + " is empty; the checkpoint is damaged");
            }
            return value;
        } catch (IOException e) {
            throw new UsageException(file + " cannot be read: the checkpoint is not complete", e);
        } catch (JsonParseException e) {
            throw new UsageException(file + " is not JSON; the checkpoint is damaged", e);
        }
    }

    private static Entry entry(Path file) {
        Sha256 hash = new Sha256();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
        try (FileChannel channel = FileChannel.open(file)) {
            while (channel.read(buffer) >= 0) {
                hash.update(buffer.flip());
                buffer.clear();
            }
            return new Entry(channel.size(), hash.hex());
        } catch (IOException e) {
            throw new UsageException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** The configuration as JSON, to compare with another. */
    JsonObject configTree() {
        return GSON.toJsonTree(config).getAsJsonObject();
    }
}
