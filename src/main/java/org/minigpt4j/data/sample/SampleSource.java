package org.minigpt4j.data.sample;

import java.io.IOException;
import java.util.List;

/**
 * The samples of a data set, numbered from 0. Many threads may read them in any order. Each shard
 * holds a run of consecutive numbers; reading from few shards at a time is cheaper.
 */
public interface SampleSource {

    /** Number of samples in each shard, in the order of their numbers. */
    int[] shardSizes();

    /** Samples found unusable when the data set was counted; they have no number. */
    List<Skip> flaws();

    /**
     * Reads one sample as it is stored.
     *
     * @throws BadSampleException if this sample is unusable
     * @throws IOException if the storage fails
     */
    default RawSample read(long number) throws BadSampleException, IOException {
        return read(number, true);
    }

    /**
     * Like {@link #read(long)}; without {@code withImage} the picture is not read and stays empty.
     */
    RawSample read(long number, boolean withImage) throws BadSampleException, IOException;

    /**
     * A name that identifies a sample's content. It stays the same when the whole data set is
     * moved.
     *
     * @throws BadSampleException if it has no picture
     */
    String identity(long number) throws BadSampleException, IOException;

    /** Approximate length of a sample's caption in bytes; known without reading the sample. */
    int captionLength(long number);

    /** Starts copying the sample's shard to this machine if it is remote. */
    default void prefetch(long number) {}

    /**
     * A sample before decoding.
     *
     * @param key its name within the data set
     * @param image the picture file
     * @param caption its unchanged text
     */
    record RawSample(String key, byte[] image, String caption) {}
}
