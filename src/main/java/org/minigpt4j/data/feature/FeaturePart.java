package org.minigpt4j.data.feature;

import org.minigpt4j.io.AtomicFile;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A file of a {@link FeatureStore} that is seen once it is whole: {@link #commit} makes it a part
 * of the store, durably, and until then there is nothing. Many processes may write parts of one
 * store at a time. Not safe for use by several threads.
 */
public final class FeaturePart implements AutoCloseable {

    private static final Duration ABANDONED = Duration.ofHours(1);

    private final Path path;
    private final FeatureKind kind;
    private final AtomicFile file;
    private final FeatureFile records;

    private FeaturePart(Path path, FeatureKind kind) throws IOException {
        this.path = path;
        this.kind = kind;
        file = AtomicFile.create(path);
        records = FeatureFile.over(path, file.channel(), kind.payload());
    }

    /**
     * Begins a part of a store that was opened somewhere.
     *
     * @param kind what that store holds
     * @throws org.minigpt4j.FailedException if it cannot be written, or the folder is not that
     *     store's
     */
    public static FeaturePart begin(Path folder, FeatureKind kind) {
        try {
            kind.requireShared(folder);
            return new FeaturePart(FeatureFile.unused(folder), kind);
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder, e);
        }
    }

    /** Deletes what killed writers left long enough ago that nobody goes on with it. */
    public static void sweep(Path folder) {
        String left = ".*" + FeatureFile.SUFFIX + ".*.tmp";
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, left)) {
            for (Path file : found) {
                long age = System.currentTimeMillis() - Files.getLastModifiedTime(file).toMillis();
                if (age > ABANDONED.toMillis()) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder, e);
        }
    }

    /** Adds a sample's features. */
    public void add(String sample, float[] features) {
        try {
            records.append(sample, kind.encode(features));
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(path, e);
        }
    }

    /** Makes it a part of the store. */
    public void commit() {
        file.commit();
    }

    /** Drops it unless it was committed. */
    @Override
    public void close() {
        file.close();
    }
}
