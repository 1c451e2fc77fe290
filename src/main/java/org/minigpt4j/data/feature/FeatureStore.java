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
 * What the frozen encoders make of each sample's picture, kept on disk so that it is computed once.
 *
 * <h2>What is in the folder</h2>
 *
 * {@code features.json} says what the features were made with; a store that was made with anything
 * else is refused. Beside it lie files of records, see {@link FeatureFile}. A process writes only
 * to files of its own, under names drawn at random, so several may fill and read one folder at a
 * time; what others write while this one runs is seen at its next start. Two that compute the same
 * sample write it twice, which costs room and nothing else.
 *
 * <h2>What a kill does</h2>
 *
 * Nothing is ever changed in place. A kill leaves at most one record that is cut short at the end
 * of a file, and nobody appends to it later: it is skipped. Each record carries a checksum that is
 * compared whenever it is read; one that does not fit counts as not there.
 *
 * <p>Safe for use by many threads.
 */
public final class FeatureStore implements AutoCloseable {

    /** A file is full at this size; the next one begins. */
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
     * Opens a store, or begins one in an empty or missing folder.
     *
     * @param madeWith all that the features depend on, such as a hash of the weights
     * @param length numbers of a sample
     * @throws org.minigpt4j.UsageException if the folder holds features that were made with
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

    /** Where it lies. */
    public Path folder() {
        return folder;
    }

    /** What it holds. */
    public FeatureKind kind() {
        return kind;
    }

    /** Whether a sample's features are there, as far as that is known without reading them. */
    public boolean has(String sample) {
        return records.containsKey(sample);
    }

    /** How many samples are there. */
    public int size() {
        return records.size();
    }

    /** A sample's features; empty if they are not there or damaged. */
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
     * Keeps a sample's features and gives them back as they will be read; if it has some of the
     * sample already, these. A training that always continues with what it is given sees the same
     * numbers whether they were there before or not.
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

    /** The name a sample has in the store. */
    public static String name(String dataset, String shard, String key, long place, long bytes) {
        return String.join("\t", dataset, shard, key, Long.toString(place), Long.toString(bytes));
    }

    /** Bytes of a sample's name in a file. */
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
