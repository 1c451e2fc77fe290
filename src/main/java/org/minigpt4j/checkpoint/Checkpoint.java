package org.minigpt4j.checkpoint;

import ai.djl.ndarray.types.Shape;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;

import org.minigpt4j.BuildInfo;
import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.UsageException;
import org.minigpt4j.io.LocalStore;
import org.minigpt4j.io.Sha256;
import org.minigpt4j.io.Store;
import org.minigpt4j.model.TrainableSet;
import org.minigpt4j.model.TrainableTensor;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.weights.SafetensorsBytes;
import org.minigpt4j.weights.SafetensorsBytes.Tensor;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A {@link TrainState} and the configuration it belongs to, as three files.
 *
 * <h2>The files</h2>
 *
 * {@code state.safetensors} holds what is a tensor: what learns under upstream's keys, both moments
 * of AdamW, the gradient gathered since the last update, and what is carried along. {@code
 * state.json} holds the rest: step, position in the data, loss scale, running means, configuration,
 * code version. {@code manifest.json} holds the length and SHA-256 of both.
 *
 * <h2>The protocol</h2>
 *
 * <ol>
 *   <li>A manifest of the same name, which only a damaged or abandoned checkpoint can have left, is
 *       removed.
 *   <li>Both state files are put, each of them whole and durable when its put returns.
 *   <li>The manifest is put. This is the moment at which the checkpoint begins to exist.
 *   <li>Only then are older checkpoints removed, each one's manifest first.
 * </ol>
 *
 * A folder without a manifest therefore was never finished, or is about to go: it does not count.
 * Whatever call fails, and wherever the process is killed, either the checkpoint before or the new
 * one is whole. Nothing is renamed and no two files have to change together, so the same protocol
 * holds on stores that have no rename.
 *
 * <h2>Damage</h2>
 *
 * Reading compares length and hash of both files, and the manifest, which has its own hash, must be
 * byte for byte what this class writes for its content: there is no byte whose change goes
 * unnoticed. A damaged checkpoint is an error and never a wrong number; {@link
 * CheckpointFolder#resumable} then takes the one before. One of another format is not damaged, and
 * neither is one whose store does not answer: there a run has to stop, or it would go on from an
 * older state and delete what it could not read.
 *
 * @param state where the run stood
 * @param config the run's merged configuration
 * @param version of the code that wrote it
 */
public record Checkpoint(TrainState state, Map<String, Object> config, String version) {

    /** The file of a checkpoint that holds its tensors. */
    public static final String TENSORS = "state.safetensors";

    /** The file of a checkpoint that holds the rest. */
    public static final String STATE = "state.json";

    /** The file that makes a checkpoint finished. */
    public static final String MANIFEST = "manifest.json";

    /** Of a run in which the projection alone learns, and that carries nothing along. */
    private static final int PROJECTION_FORMAT = 3;

    /** Of any other. Versions that know format 3 alone would pass over tensors of it. */
    private static final int FORMAT = 4;

    private static final String FIRST_MOMENT = "exp_avg.";
    private static final String SECOND_MOMENT = "exp_avg_sq.";
    private static final String PENDING = "pending.";

    private static final List<String> FILES = List.of(TENSORS, STATE);
    private static final Gson GSON =
            new GsonBuilder()
                    .setPrettyPrinting()
                    .serializeNulls()
                    .serializeSpecialFloatingPointValues()
                    .disableHtmlEscaping()
                    .create();

    /** One that this code writes. */
    Checkpoint(TrainState state, Map<String, Object> config) {
        this(state, config, BuildInfo.version());
    }

    /** What {@code state.json} says; these names are its keys. */
    private record StateFile(
            int format,
            String version,
            int iteration,
            long position,
            int updates,
            int microBatches,
            ScalerState scaler,
            RunningMeans tally,
            Map<String, Object> config) {}

    /** What {@code manifest.json} says of a file. */
    private record Entry(long bytes, String sha256) {}

    /**
     * What {@code manifest.json} says.
     *
     * @param loss to choose the best by, see {@link RunningMeans#selectionLoss}
     * @param sha256 of this manifest with nothing here
     */
    record Manifest(int format, double loss, Map<String, Entry> files, String sha256) {

        Manifest signed() {
            String hash = entry(bytes(new Manifest(format, loss, files, ""))).sha256();
            return new Manifest(format, loss, files, hash);
        }
    }

    /** Puts this checkpoint into {@code store} under {@code name/}. */
    public void write(Store store, String name) {
        byte[] tensors =
                SafetensorsBytes.encode(tensors(state), Map.of("format", "minigpt4j " + format()));
        byte[] rest = GSON.toJson(stateFile()).getBytes(StandardCharsets.UTF_8);
        var files = new LinkedHashMap<String, Entry>();
        files.put(TENSORS, entry(tensors));
        files.put(STATE, entry(rest));
        var manifest = new Manifest(format(), state.means().selectionLoss(), files, "").signed();
        store.delete(name + "/" + MANIFEST);
        store.put(name + "/" + TENSORS, List.of(ByteBuffer.wrap(tensors)));
        store.put(name + "/" + STATE, List.of(ByteBuffer.wrap(rest)));
        store.put(name + "/" + MANIFEST, List.of(ByteBuffer.wrap(bytes(manifest))));
    }

    private StateFile stateFile() {
        return new StateFile(
                format(),
                version,
                state.step(),
                state.position(),
                state.updates(),
                state.microBatches(),
                state.scaler(),
                state.means(),
                config);
    }

    private int format() {
        boolean projection =
                state.carried().set().tensors().isEmpty()
                        && state.trainable().set().tensors().size() == 2;
        return projection ? PROJECTION_FORMAT : FORMAT;
    }

    private static Map<String, Tensor> tensors(TrainState state) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        put(tensors, "", state.trainable());
        put(tensors, FIRST_MOMENT, state.firstMoment());
        put(tensors, SECOND_MOMENT, state.secondMoment());
        put(tensors, PENDING, state.pending());
        put(tensors, "", state.carried());
        return tensors;
    }

    private static void put(Map<String, Tensor> tensors, String before, TrainableValues values) {
        for (TrainableTensor tensor : values.set().tensors()) {
            tensors.put(
                    before + tensor.name(),
                    new Tensor(tensor.shape().getShape(), values.floats(tensor.name())));
        }
    }

    /**
     * Reads what {@link #write} put.
     *
     * @throws MiniGpt4Exception if it is unfinished, damaged or of another format, naming the file,
     *     or cannot be read
     */
    public static Checkpoint read(Path folder) {
        Path absolute = folder.toAbsolutePath();
        Store parent = new LocalStore(absolute.getParent());
        try {
            return read(parent, absolute.getFileName().toString());
        } catch (DamagedCheckpointException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }

    /**
     * As {@link #read(Path)}, from any store.
     *
     * @throws DamagedCheckpointException if it is not what was written; another may be taken
     *     instead
     * @throws MiniGpt4Exception if it may well be, but is of another format or cannot be read
     */
    public static Checkpoint read(Store store, String name) throws DamagedCheckpointException {
        Manifest manifest = manifest(store, name);
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String file : FILES) {
            byte[] content = get(store, name, file);
            if (!entry(content).equals(manifest.files().get(file))) {
                throw damaged(store, name, file, "is not what " + MANIFEST + " says it was");
            }
            files.put(file, content);
        }
        StateFile file = parse(store, name, STATE, files.get(STATE), StateFile.class);
        Map<String, Tensor> tensors =
                SafetensorsBytes.decode(store.describe(name + "/" + TENSORS), files.get(TENSORS));
        return new Checkpoint(state(file, tensors), file.config(), file.version());
    }

    /** What has moments learns, the rest is carried along. */
    private static TrainState state(StateFile file, Map<String, Tensor> tensors) {
        List<TrainableTensor> learns = new ArrayList<>();
        List<TrainableTensor> carried = new ArrayList<>();
        tensors.forEach(
                (key, tensor) -> {
                    boolean value =
                            Stream.of(FIRST_MOMENT, SECOND_MOMENT, PENDING)
                                    .noneMatch(key::startsWith);
                    if (value) {
                        (tensors.containsKey(FIRST_MOMENT + key) ? learns : carried)
                                .add(new TrainableTensor(key, new Shape(tensor.shape())));
                    }
                });
        TrainableSet set = new TrainableSet(learns);
        return new TrainState(
                file.iteration(),
                file.position(),
                file.updates(),
                file.microBatches(),
                values(tensors, "", set),
                values(tensors, FIRST_MOMENT, set),
                values(tensors, SECOND_MOMENT, set),
                values(tensors, PENDING, set),
                file.scaler(),
                file.tally(),
                values(tensors, "", new TrainableSet(carried)));
    }

    private static TrainableValues values(
            Map<String, Tensor> tensors, String before, TrainableSet set) {
        TrainableValues values = new TrainableValues(set, new float[set.length()]);
        for (TrainableTensor tensor : set.tensors()) {
            values.put(tensor.name(), tensors.get(before + tensor.name()).values());
        }
        return values;
    }

    /** The manifest of a checkpoint, checked as far as it can be without the other files. */
    static Manifest manifest(Store store, String name) throws DamagedCheckpointException {
        byte[] content = get(store, name, MANIFEST);
        Manifest manifest = parse(store, name, MANIFEST, content, Manifest.class);
        // Another format may have other fields, so it is looked at before the signature.
        int format = manifest.format();
        if (format > 0 && format != PROJECTION_FORMAT && format != FORMAT) {
            throw new UsageException(
                    ("%s has format %d but this version reads formats %d and %d;"
                                    + " continue with the version that wrote it")
                            .formatted(
                                    store.describe(name + "/" + MANIFEST),
                                    format,
                                    PROJECTION_FORMAT,
                                    FORMAT));
        }
        if (manifest.files() == null || !Arrays.equals(content, bytes(manifest.signed()))) {
            throw damaged(store, name, MANIFEST, "was not written like this");
        }
        return manifest;
    }

    /** A file's content; that it is missing is damage, that it cannot be read is not. */
    private static byte[] get(Store store, String name, String file)
            throws DamagedCheckpointException {
        if (!store.list(name + "/").contains(name + "/" + file)) {
            throw damaged(store, name, file, "is missing");
        }
        return store.get(name + "/" + file);
    }

    private static <T> T parse(Store store, String name, String file, byte[] content, Class<T> type)
            throws DamagedCheckpointException {
        try {
            T value = GSON.fromJson(new String(content, StandardCharsets.UTF_8), type);
            if (value == null) {
                throw damaged(store, name, file, "is empty");
            }
            return value;
        } catch (JsonParseException | NumberFormatException | IllegalStateException e) {
            throw damaged(store, name, file, "is not the JSON it was");
        }
    }

    private static DamagedCheckpointException damaged(
            Store store, String name, String file, String how) {
        return new DamagedCheckpointException(
                store.describe(name + "/" + file) + " " + how + "; the checkpoint is damaged");
    }

    private static byte[] bytes(Manifest manifest) {
        return GSON.toJson(manifest).getBytes(StandardCharsets.UTF_8);
    }

    private static Entry entry(byte[] content) {
        return new Entry(content.length, new Sha256().update(ByteBuffer.wrap(content)).hex());
    }
}
