package org.minigpt4j.weights;

import com.google.gson.GsonBuilder;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.AtomicFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes weights as a Hugging Face folder: {@code model.safetensors}, or shards {@code
 * model-00001-of-00003.safetensors} and an index. The index is written last, so that an incomplete
 * folder is recognised. Each shard appears when its last byte has been written. Only the pieces
 * that the caller passes in are in memory.
 */
public final class HfFolderWriter implements AutoCloseable {
    /** Maximum size of a shard in Hugging Face's own tools, in bytes. */
    public static final long SHARD_BYTES = 5_000_000_000L;

    private final Path folder;
    private final Map<String, Shard> shardOf = new LinkedHashMap<>();
    private final List<Shard> shards = new ArrayList<>();
    private boolean committed;

    private HfFolderWriter(Path folder, Collection<TensorInfo> tensors, long maxShardBytes) {
        this.folder = folder;
        List<List<TensorInfo>> parts = parts(tensors, maxShardBytes);
        for (int i = 0; i < parts.size(); i++) {
            String name =
                    parts.size() == 1
                            ? "model.safetensors"
                            : String.format(
                                    Locale.ROOT,
                                    "model-%05d-of-%05d.safetensors",
                                    i + 1,
                                    parts.size());
            Shard shard = new Shard(folder.resolve(name), parts.get(i));
            shards.add(shard);
            for (TensorInfo info : parts.get(i)) {
                if (shardOf.put(info.key(), shard) != null) {
                    throw new IllegalArgumentException("two tensors are named " + info.key());
                }
            }
        }
    }

    /**
     * Begins a folder with these tensors, in this order, in shards of at most {@code
     * maxShardBytes}; a larger tensor gets its own shard.
     *
     * @throws UsageException if the folder already contains weights
     */
    public static HfFolderWriter create(
            Path folder, Collection<TensorInfo> tensors, long maxShardBytes) {
        for (String name : HfFolder.NAMES) {
            if (Files.exists(folder.resolve(name))) {
                throw new UsageException(
                        "%s already contains weights (%s): name another folder"
                                .formatted(folder, name));
            }
        }
        return new HfFolderWriter(folder, tensors, maxShardBytes);
    }

    /** Appends the remaining bytes of {@code bytes} to the tensor {@code key}. */
    public void write(String key, ByteBuffer bytes) {
        Shard shard = shardOf.get(key);
        if (shard == null) {
            throw new IllegalArgumentException("no tensor " + key + " was announced");
        }
        shard.write(key, bytes);
    }

    /** Checks that every tensor is complete, and writes the index. */
    public void commit() {
        shards.forEach(Shard::finish);
        if (shards.size() > 1) {
            AtomicFile.writeString(folder.resolve("model.safetensors.index.json"), index());
        }
        committed = true;
    }

    private String index() {
        var weightMap = new TreeMap<String, String>();
        shardOf.forEach((key, shard) -> weightMap.put(key, shard.path.getFileName().toString()));
        long total = shards.stream().mapToLong(shard -> shard.bytes).sum();
        var index = new LinkedHashMap<String, Object>();
        index.put("metadata", Map.of("total_size", total));
        index.put("weight_map", weightMap);
        return new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create().toJson(index);
    }

    /** Deletes the written files unless {@link #commit} was called. */
    @Override
    public void close() {
        if (!committed) {
            shards.forEach(Shard::drop);
        }
    }

    private static List<List<TensorInfo>> parts(Collection<TensorInfo> tensors, long most) {
        List<List<TensorInfo>> parts = new ArrayList<>();
        parts.add(new ArrayList<>());
        long bytes = 0;
        for (TensorInfo info : tensors) {
            if (bytes > 0 && bytes + info.byteLength() > most) {
                parts.add(new ArrayList<>());
                bytes = 0;
            }
            parts.get(parts.size() - 1).add(info);
            bytes += info.byteLength();
        }
        return parts;
    }

    /** One file, opened at its first byte and closed at its last. */
    private static final class Shard {
        private final Path path;
        private final List<TensorInfo> tensors;
        private final long bytes;
        private long left;
        private SafetensorsWriter writer;
        private boolean finished;

        Shard(Path path, List<TensorInfo> tensors) {
            this.path = path;
            this.tensors = tensors;
            this.bytes = tensors.stream().mapToLong(TensorInfo::byteLength).sum();
            this.left = bytes;
        }

        void write(String key, ByteBuffer piece) {
            int length = piece.remaining();
            if (finished && length > 0) {
                throw new IllegalArgumentException("too many bytes for " + key);
            }
            if (length == 0) {
                return;
            }
            open().write(key, piece);
            left -= length;
            if (left == 0) {
                finish();
            }
        }

        private SafetensorsWriter open() {
            if (writer == null) {
                // without the format, transformers refuses the file
                writer = SafetensorsWriter.create(path, tensors, Map.of("format", "pt"));
            }
            return writer;
        }

        void finish() {
            if (finished) {
                return;
            }
            open().commit();
            finished = true;
            writer.close();
        }

        void drop() {
            if (writer != null) {
                writer.close();
            }
            if (finished) {
                try {
                    Files.deleteIfExists(path);
                } catch (IOException e) {
                    throw AtomicFile.cannotWrite(path, e);
                }
            }
        }
    }
}
