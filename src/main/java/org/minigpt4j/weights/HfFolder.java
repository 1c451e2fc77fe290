package org.minigpt4j.weights;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.ForeignText;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Weights in Hugging Face's layout: one file, or shards with an index {@code {"metadata":
 * {"total_size": BYTES}, "weight_map": {KEY: FILE}}} next to them. If a folder has several, the
 * first of {@link #NAMES} is used, as in transformers.
 */
final class HfFolder implements TensorSource {
    /** File names of weights, in order of preference. */
    static final List<String> NAMES =
            List.of(
                    "model.safetensors",
                    "model.safetensors.index.json",
                    "pytorch_model.bin",
                    "pytorch_model.bin.index.json");

    private static final int MOST_NAMED = 10;
    private static final int LONGEST_INDEX = 64 << 20;

    private final Map<String, TensorSource> shards;
    private final Map<String, TensorSource> shardOf = new LinkedHashMap<>();
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, String> unread = new LinkedHashMap<>();

    private HfFolder(Path index, Map<String, String> weightMap, Map<String, TensorSource> shards) {
        this.shards = shards;
        shards.forEach(
                (name, shard) ->
                        shard.tensors()
                                .forEach(
                                        (key, info) -> {
                                            if (name.equals(weightMap.get(key))) {
                                                tensors.put(key, info);
                                                shardOf.put(key, shard);
                                            }
                                        }));
        shards.values().forEach(shard -> unread.putAll(shard.unread()));
        unread.keySet().retainAll(weightMap.keySet());
        List<String> missing =
                weightMap.keySet().stream()
                        .filter(key -> !tensors.containsKey(key) && !unread.containsKey(key))
                        .toList();
        if (!missing.isEmpty()) {
            String key = missing.get(0);
            throw new UsageException(
                    "%s: not in the shards it names: %s (%s should hold %s)"
                            .formatted(
                                    index,
                                    ForeignText.list(missing, MOST_NAMED),
                                    weightMap.get(key),
                                    ForeignText.line(key)));
        }
    }

    static TensorSource open(Path folder) {
        return open(folder, key -> true);
    }

    /** Opens only the given keys of an index, so that the other shards may be missing. */
    static TensorSource open(Path folder, Predicate<String> wanted) {
        for (String name : NAMES) {
            if (Files.exists(folder.resolve(name))) {
                return TensorFiles.open(folder.resolve(name), wanted);
            }
        }
        throw new UsageException(
                "no weights in the folder %s: it holds none of %s%s"
                        .formatted(folder, String.join(", ", NAMES), instead(folder)));
    }

    /**
     * If a folder without weights looks like a known mistake, an explanation for the error message.
     */
    private static String instead(Path folder) {
        if (Files.exists(folder.resolve("adapter_config.json"))) {
            return "; it is a LoRA adapter, which must be merged into its base model first";
        }
        String[] files =
                folder.toFile().list((dir, name) -> name.matches("(model|pytorch_model)-.*"));
        return files == null || files.length == 0
                ? ""
                : "; it has shards (%s), but the index that belongs to them is missing"
                        .formatted(ForeignText.list(List.of(files), 2));
    }

    static HfFolder openIndex(MappedFile file, Predicate<String> wanted) {
        Path index = file.path();
        Map<String, String> weightMap = weightMap(file);
        weightMap.keySet().removeIf(wanted.negate());
        Map<String, Path> files = new TreeMap<>();
        for (String name : new TreeSet<>(weightMap.values())) {
            requirePlain(index.toString(), name);
            files.put(name, index.resolveSibling(name));
        }
        List<String> missing =
                files.keySet().stream().filter(name -> !Files.exists(files.get(name))).toList();
        if (!missing.isEmpty()) {
            throw new UsageException(
                    "%s: missing shards: %s"
                            .formatted(index, ForeignText.list(missing, MOST_NAMED)));
        }
        Map<String, TensorSource> shards = new LinkedHashMap<>();
        try {
            files.forEach(
                    (name, path) -> shards.put(name, TensorFiles.openOne(MappedFile.open(path))));
            return new HfFolder(index, weightMap, shards);
        } catch (RuntimeException e) {
            shards.values().forEach(TensorSource::close);
            throw e;
        }
    }

    private static void requirePlain(String index, String name) {
        if (name.isBlank()
                || name.contains("/")
                || name.contains("\\")
                || name.equals(".")
                || name.equals("..")
                || !name.equals(ForeignText.clean(name))) {
            throw new UsageException(
                    "%s: a shard is outside its folder, or is not a file name: %s"
                            .formatted(index, ForeignText.line(name)));
        }
    }

    private static Map<String, String> weightMap(MappedFile index) {
        Path path = index.path();
        if (index.size() > LONGEST_INDEX) {
            throw new UsageException(path + ": too large for an index of shards");
        }
        ByteBuffer region = index.region(0, index.size(), 1);
        byte[] bytes = new byte[region.remaining()];
        region.get(bytes);
        return weightMap(path.toString(), bytes);
    }

    /** The keys of an index and their shards; checks that the names are those of plain files. */
    static Map<String, String> checkedWeightMap(String index, byte[] bytes) {
        Map<String, String> files = weightMap(index, bytes);
        new TreeSet<>(files.values()).forEach(name -> requirePlain(index, name));
        return files;
    }

    private static Map<String, String> weightMap(String index, byte[] bytes) {
        ForeignJson weightMap = ForeignJson.parse(index, bytes).at("weight_map");
        Map<String, String> files = new LinkedHashMap<>();
        weightMap.members().forEach((key, file) -> files.put(key, file.text()));
        if (files.isEmpty()) {
            throw weightMap.wrong("an object of keys and their files");
        }
        return files;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Map<String, String> unread() {
        return Collections.unmodifiableMap(unread);
    }

    @Override
    public ByteBuffer read(String key) {
        return shard(key).read(key);
    }

    @Override
    public String fileOf(String key) {
        return shard(key).fileOf(key);
    }

    private TensorSource shard(String key) {
        TensorSource shard = shardOf.get(key);
        if (shard == null) {
            throw new UsageException(
                    unread.containsKey(key)
                            ? "%s is %s, a type that is not supported"
                                    .formatted(key, unread.get(key))
                            : "no shard of %s has a tensor %s"
                                    .formatted(ForeignText.list(shards.keySet(), MOST_NAMED), key));
        }
        return shard;
    }

    @Override
    public void close() {
        shards.values().forEach(TensorSource::close);
    }
}
