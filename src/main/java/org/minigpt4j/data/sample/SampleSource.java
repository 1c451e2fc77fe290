package org.minigpt4j.data.sample;

import java.io.IOException;
import java.util.List;

/**
 * The samples of a data set, numbered from 0 and readable in any order by many threads. They lie in
 * shards, consecutive numbers in one shard; reading within few shards at a time is cheaper.
 */
public interface SampleSource {

    /** How many samples each shard has, in the order of their numbers. */
    int[] shardSizes();

    /** What was found unusable when the samples were counted; such samples have no number. */
    List<Skip> flaws();

    /**
     * One sample as it lies on disk.
     *
     * @throws BadSampleException if this one is of no use
     * @throws IOException if the storage fails
     */
    default RawSample read(long number) throws BadSampleException, IOException {
        return read(number, true);
    }

    /** As {@link #read(long)}, on demand with no byte of the picture. */
    RawSample read(long number, boolean withImage) throws BadSampleException, IOException;

    /**
     * A name that stays a sample's when the data set is moved as a whole, and that other content
     * would hardly have.
     *
     * @throws BadSampleException if it has no picture
     */
    String identity(long number) throws BadSampleException, IOException;

    /** About how many bytes a sample's caption has; known without reading the sample. */
    int captionLength(long number);

    /** Brings what holds a sample near, if it is far. */
    default void prefetch(long number) {}

    /**
     * A sample before decoding.
     *
     * @param key its name within the data set
     * @param image a picture file
     * @param caption its text, untouched
     */
    record RawSample(String key, byte[] image, String caption) {}
}
