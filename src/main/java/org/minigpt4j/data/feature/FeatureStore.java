package org.minigpt4j.data.feature;

import org.minigpt4j.FailedException;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ReadFailure;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Keeps the frozen encoders' output for each sample's picture on disk, so that it is computed only
 * once.
 *
 * <h2>What is in the folder</h2>
 *
 * {@code features.json} records what the features were computed with; a store with other inputs is
 * refused. The features are in record files, see {@link FeatureFile}. A process writes only to its
 * own files, which have random names, so several processes can fill and read one folder at the same
 * time. A process sees what others wrote when it next starts. If two of them compute the same
 * sample, it is stored twice, which costs only space.
 *
 * <h2>What a kill does</h2>
 *
 * Files are only appended to. A killed process leaves at most one incomplete record, at the end of
 * its file; readers skip it and nobody appends to that file again. Each record has a checksum,
 * which is compared on every read; a record that fails the check counts as missing.
 *
 * <p>Safe for use by many threads.
 */
public final class FeatureStore implements AutoCloseable {

    /** When a file reaches this size in bytes, the next one is started. */
    private static final long FULL = 1L << 30;

    private final Path folder;
    private final FeatureKind kind;
    private final List<FeatureFile> files = new ArrayList<>();
    private final Map<String, Record> records = new ConcurrentHashMap<>();
    private FeatureFile writer;

    private record Record(FeatureFile file, long offset) {}

    private FeatureStore(Path folder, FeatureKind kind) {
        this.folder = folder;
        this.kind = kind;
    }

    /**
     * Opens a store, or creates one in an empty or missing folder.
     *
     * @param madeWith everything the features depend on, such as a hash of the weights
     * @param length numbers per sample
     * @throws org.minigpt4j.UsageException if the folder holds features that were computed with
     *     anything else
     */
    public static FeatureStore open(
            Path folder, String madeWith, FeatureFormat format, int length) {
        FeatureKind kind = new FeatureKind(madeWith, format, length);
        FeatureStore store = new FeatureStore(folder, kind);
        try {
            makeFolder(folder);
            kind.agree(folder);
            List<Path> found;
            try (Stream<Path> entries = Files.list(folder)) {
                found =
                        entries.filter(p -> p.toString().endsWith(FeatureFile.SUFFIX))
                                .sorted()
                                .toList();
            }
            for (Path path : found) {
                FeatureFile file = FeatureFile.read(path, kind.payload());
                store.files.add(file);
                file.walk((key, offset) -> store.records.put(key, new Record(file, offset)));
            }
            return store;
        } catch (IOException e) {
            store.close();
            throw new FailedException(
                    "run.cache_features: %s cannot be read: %s"
                            .formatted(folder, ReadFailure.reason(e)),
                    e);
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private static void makeFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder, e);
        }
    }

    /** The store's folder. */
    public Path folder() {
        return folder;
    }

    /** What the store holds. */
    public FeatureKind kind() {
        return kind;
    }

    /**
     * Whether a sample's features are in the store. They are not read, so damage is not noticed.
     */
    public boolean has(String sample) {
        return records.containsKey(sample);
    }

    /** Number of samples in the store. */
    public int size() {
        return records.size();
    }

    /** A sample's features; empty if they are missing or damaged. */
    public Optional<float[]> get(String sample) {
        Record record = records.get(sample);
        if (record == null) {
            return Optional.empty();
        }
        try {
            Optional<ByteBuffer> payload = record.file.payload(record.offset);
            if (payload.isEmpty()) {
                records.remove(sample, record);
            }
            return payload.map(kind::decode);
        } catch (IOException e) {
            throw new FailedException(
                    "run.cache_features: %s cannot be read: %s"
                            .formatted(record.file, ReadFailure.reason(e)),
                    e);
        }
    }

    /**
     * Stores a sample's features and returns them as a later read would. If the store has the
     * sample already, returns the stored ones. A training that uses only the returned numbers gets
     * the same results with an empty and with a full store.
     */
    public float[] put(String sample, float[] features) {
        ByteBuffer payload = kind.encode(features);
        synchronized (files) {
            Optional<float[]> known = get(sample);
            if (known.isPresent()) {
                return known.get();
            }
            try {
                if (writer == null || writer.size() > FULL) {
                    writer = FeatureFile.begin(folder, kind.payload());
                    files.add(writer);
                }
                FeatureFile file = writer;
                long offset = file.append(sample, payload.duplicate());
                records.put(sample, new Record(file, offset));
            } catch (IOException e) {
                throw AtomicFile.cannotWrite(folder, e);
            }
        }
        return kind.decode(payload);
    }

    /** A sample's name in the store. */
    public static String name(String dataset, String shard, String key, long place, long bytes) {
        return String.join("\t", dataset, shard, key, Long.toString(place), Long.toString(bytes));
    }

    /** A sample's name as the bytes written to a file. */
    static byte[] nameBytes(String sample) {
        return sample.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        synchronized (files) {
            for (FeatureFile file : files) {
                file.close();
            }
            files.clear();
            records.clear();
        }
    }
}
