package org.minigpt4j.data;

import org.minigpt4j.config.DatasetFormat;
import org.minigpt4j.data.sample.BadSampleException;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.image.ImageProcessor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The pairs of a stored data set, numbered in stored order: the unchanged picture file and caption.
 * Unusable samples (see {@link #flaws}) have no number and cannot be read.
 */
public final class StoredPairs implements AutoCloseable {

    private final SampleSource source;
    private final DataSets opened;

    /**
     * One pair.
     *
     * @param key its name within the data set
     * @param image the picture file; empty if it was not requested
     * @param caption its text
     */
    public record Pair(String key, byte[] image, String caption) {}

    private StoredPairs(DataSets opened) {
        this.opened = opened;
        this.source = opened.get(0).samples();
    }

    /**
     * Opens the shards at {@code storage}, local or remote as in training.
     *
     * @param cache a local folder for indexes and copies of remote data
     * @throws org.minigpt4j.UsageException if the storage does not exist
     */
    public static StoredPairs shards(List<String> storage, Path cache) {
        return of(DatasetFormat.WEBDATASET, storage, cache);
    }

    /**
     * Opens a data set of any layout.
     *
     * @param cache a local folder for indexes and copies of remote data
     * @throws org.minigpt4j.UsageException if the storage does not exist
     */
    public static StoredPairs of(DatasetFormat format, List<String> storage, Path cache) {
        SourceSettings settings =
                new SourceSettings(
                        "source", format, storage, 1, ImageProcessor.resize(1), Optional.empty());
        return new StoredPairs(DataSets.open(List.of(settings), BatchSettings.Storage.in(cache)));
    }

    /** Number of pairs that can be read. */
    public int size() {
        return Math.toIntExact(opened.size());
    }

    /** Samples found unusable when the pairs were counted. */
    public List<Skip> flaws() {
        return source.flaws();
    }

    /**
     * Reads a pair, with or without its picture.
     *
     * @throws UnusablePairException if this pair is unusable
     * @throws IOException if the storage fails
     */
    public Pair read(int number, boolean withImage) throws UnusablePairException, IOException {
        try {
            SampleSource.RawSample sample = source.read(number, withImage);
            return new Pair(sample.key(), sample.image(), sample.caption());
        } catch (BadSampleException e) {
            throw new UnusablePairException(e);
        }
    }

    /** Thrown if one pair is unusable; other pairs can still be read. */
    public static final class UnusablePairException extends Exception {

        private static final long serialVersionUID = 1L;

        private final String key;
        private final Fault fault;

        UnusablePairException(BadSampleException cause) {
            super(cause.getMessage(), cause);
            this.key = cause.key();
            this.fault = cause.fault();
        }

        /** The pair's name. */
        public String key() {
            return key;
        }

        /** Why the pair is unusable. */
        public Fault fault() {
            return fault;
        }
    }

    @Override
    public void close() {
        opened.close();
    }
}
