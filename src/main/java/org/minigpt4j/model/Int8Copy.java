package org.minigpt4j.model;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.io.Sha256;
import org.minigpt4j.weights.DType;
import org.minigpt4j.weights.SafetensorsWriter;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * A safetensors file that keeps what {@link Int8Rows} made of a model's linear maps: each tensor
 * {@code KEY} as I8 and its scales as {@code KEY.scale}. It is named after the model's folder and
 * the names and shapes of its tensors, and belongs to one content of them:
 *
 * <ul>
 *   <li>{@code stamp} is a hash over size and time of change of the model's files and the first
 *       bytes of every tensor. As long as it is the same, nothing more is read.
 *   <li>{@code source.sha256} is a hash over all of the tensors. It decides when the stamp differs,
 *       as after a copy of the model.
 * </ul>
 *
 * A file of other weights is replaced. It appears whole or not at all, so processes that start
 * together may all write it.
 */
final class Int8Copy implements AutoCloseable {

    private static final String SCALE = ".scale";
    private static final String SOURCE_HASH = "source.sha256";
    private static final int SAMPLED = 4096;

    private final TensorSource weights;
    private final List<TensorInfo> tensors;
    private final TensorSource kept;
    private final SafetensorsWriter writer;
    private final Sha256 hash = new Sha256();

    private Int8Copy(
            TensorSource weights,
            List<TensorInfo> tensors,
            TensorSource kept,
            SafetensorsWriter writer) {
        this.weights = weights;
        this.tensors = tensors;
        this.kept = kept;
        this.writer = writer;
    }

    /**
     * The copy of these weights in {@code folder}, or the beginning of one.
     *
     * @param keys the tensors that are kept in int8, in the order in which they will be asked for
     */
    static Int8Copy open(Path folder, Path model, TensorSource weights, List<String> keys) {
        List<TensorInfo> tensors = keys.stream().map(weights.tensors()::get).toList();
        Path file = folder.resolve(name(model, tensors));
        String stamp = stamp(weights, tensors);
        TensorSource kept = kept(file, stamp, weights, tensors);
        return kept != null
                ? new Int8Copy(weights, tensors, kept, null)
                : new Int8Copy(weights, tensors, null, begin(file, stamp, tensors));
    }

    /** True if the weights are here already, and {@link #read} gives them. */
    boolean isThere() {
        return kept != null;
    }

    /** The int8 rows of a tensor. */
    ByteBuffer read(String key) {
        return kept.read(key);
    }

    /** The scales of a tensor's rows. */
    ByteBuffer scales(String key) {
        return kept.read(key + SCALE);
    }

    /** Keeps what was made of a tensor, in the order of {@link #open}. */
    void keep(String key, ByteBuffer source, ByteBuffer quantized, ByteBuffer scales) {
        hash.update(source);
        writer.write(key, quantized.duplicate().rewind());
        writer.write(key + SCALE, scales.duplicate().rewind());
    }

    /** Makes a new copy appear; all tensors have been kept. */
    void commit() {
        if (writer != null) {
            writer.write(SOURCE_HASH, ByteBuffer.wrap(HexFormat.of().parseHex(hash.hex())));
            writer.commit();
        }
    }

    @Override
    public void close() {
        if (kept != null) {
            kept.close();
        }
        if (writer != null) {
            writer.close();
        }
    }

    private static SafetensorsWriter begin(Path file, String stamp, List<TensorInfo> tensors) {
        List<TensorInfo> written = new ArrayList<>();
        for (TensorInfo tensor : tensors) {
            written.add(new TensorInfo(tensor.key(), DType.I8, tensor.shape()));
            written.add(
                    new TensorInfo(
                            tensor.key() + SCALE, DType.F32, new long[] {tensor.shape()[0]}));
        }
        written.add(new TensorInfo(SOURCE_HASH, DType.U8, new long[] {32}));
        return SafetensorsWriter.create(file, written, Map.of("stamp", stamp));
    }

    /** A file of just these weights, or null. */
    private static TensorSource kept(
            Path file, String stamp, TensorSource weights, List<TensorInfo> tensors) {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        TensorSource kept;
        try {
            kept = TensorSource.open(file);
        } catch (UsageException e) { // cut short, or no such file at all: it is made anew
            return null;
        }
        if (fits(kept, tensors)
                && (stamp.equals(kept.metadata().get("stamp"))
                        || sourceHash(kept).equals(hash(weights, tensors)))) {
            return kept;
        }
        kept.close();
        return null;
    }

    private static boolean fits(TensorSource kept, List<TensorInfo> tensors) {
        return kept.tensors().containsKey(SOURCE_HASH)
                && tensors.stream()
                        .allMatch(
                                tensor ->
                                        new TensorInfo(tensor.key(), DType.I8, tensor.shape())
                                                        .equals(kept.tensors().get(tensor.key()))
                                                && kept.tensors()
                                                        .containsKey(tensor.key() + SCALE));
    }

    private static String sourceHash(TensorSource kept) {
        ByteBuffer bytes = kept.read(SOURCE_HASH);
        byte[] hash = new byte[bytes.remaining()];
        bytes.get(hash);
        return HexFormat.of().formatHex(hash);
    }

    private static String hash(TensorSource weights, List<TensorInfo> tensors) {
        Sha256 hash = new Sha256();
        tensors.forEach(tensor -> hash.update(weights.read(tensor.key())));
        return hash.hex();
    }

    private static String name(Path model, List<TensorInfo> tensors) {
        Sha256 hash = new Sha256();
        tensors.forEach(tensor -> hash.update(utf8(tensor + "\n")));
        return "%s-int8-%s.safetensors"
                .formatted(
                        model.toAbsolutePath().normalize().getFileName(),
                        hash.hex().substring(0, 12));
    }

    private static String stamp(TensorSource weights, List<TensorInfo> tensors) {
        Sha256 hash = new Sha256();
        var files = new TreeSet<String>();
        for (TensorInfo tensor : tensors) {
            files.add(weights.fileOf(tensor.key()));
            ByteBuffer bytes = weights.read(tensor.key());
            hash.update(bytes.slice(0, Math.min(SAMPLED, bytes.remaining())));
        }
        for (String file : files) {
            Path path = Path.of(file);
            try {
                String state = Files.size(path) + " " + Files.getLastModifiedTime(path).toInstant();
                hash.update(utf8(path.getFileName() + " " + state + "\n"));
            } catch (IOException e) {
                throw new FailedException("%s cannot be read".formatted(path), e);
            }
        }
        return hash.hex();
    }

    private static ByteBuffer utf8(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
