package org.minigpt4j.data.feature;

import org.minigpt4j.io.AtomicFile;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;

/**
 * A file of a {@link FeatureStore} that becomes visible only when it is complete: {@link #commit}
 * adds it to the store durably; before that, readers see nothing. Many processes may write parts of
 * one store at the same time. Not safe for use by several threads.
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
     * Begins a part of a store that another process opened.
     *
     * @param kind what that store holds
     * @throws org.minigpt4j.FailedException if the part cannot be written, or the folder is not
     *     that store's
     */
    public static FeaturePart begin(Path folder, FeatureKind kind) {
        try {
            kind.requireShared(folder);
            return new FeaturePart(FeatureFile.unused(folder), kind);
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder, e);
        }
    }

    /** Deletes unfinished files of killed writers, once they are an hour old. */
    public static void sweep(Path folder) {
        long abandoned = System.currentTimeMillis() - ABANDONED.toMillis();
        try {
            AtomicFile.clearLeft(folder, "*" + FeatureFile.SUFFIX, FileTime.fromMillis(abandoned));
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

    /** Adds the part to the store. */
    public void commit() {
        file.commit();
    }

    /** Discards the part unless it was committed. */
    @Override
    public void close() {
        file.close();
    }
}
