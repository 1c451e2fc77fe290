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
 * The pairs of a stored data set, numbered in stored order and read unchanged: the picture's file
 * and the untouched caption. What has no number (see {@link #flaws}) cannot be read.
 */
public final class StoredPairs implements AutoCloseable {

    private final SampleSource source;
    private final DataSets opened;

    /**
     * One pair.
     *
     * @param key its name within the data set
     * @param image a picture file; empty where it was not asked for
     */
    public record Pair(String key, byte[] image, String caption) {}

    private StoredPairs(DataSets opened) {
        this.opened = opened;
        this.source = opened.get(0).samples();
    }

    /**
     * Opens the shards at {@code storage}, which may be near or far as in training.
     *
     * @param cache a folder of this machine for the indexes and copies of what lies far away
     * @throws org.minigpt4j.UsageException if there is no such storage
     */
    public static StoredPairs shards(List<String> storage, Path cache) {
        return of(DatasetFormat.WEBDATASET, storage, cache);
    }

    /**
     * Opens a data set of any layout.
     *
     * @param cache as of {@link #shards}
     * @throws org.minigpt4j.UsageException if there is no such storage
     */
    public static StoredPairs of(DatasetFormat format, List<String> storage, Path cache) {
        SourceSettings settings =
                new SourceSettings(
                        "source", format, storage, 1, ImageProcessor.resize(1), Optional.empty());
        return new StoredPairs(DataSets.open(List.of(settings), BatchSettings.Storage.in(cache)));
    }

    /** How many pairs can be read. */
    public int size() {
        return Math.toIntExact(opened.size());
    }

    /** What was found unusable when the pairs were counted. */
    public List<Skip> flaws() {
        return source.flaws();
    }

    /**
     * A pair, on demand without its picture.
     *
     * @throws UnusablePairException if this one is of no use
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

    /** One pair is of no use; the others are not concerned. */
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

        /** What is wrong with it. */
        public Fault fault() {
            return fault;
        }
    }

    @Override
    public void close() {
        opened.close();
    }
}
