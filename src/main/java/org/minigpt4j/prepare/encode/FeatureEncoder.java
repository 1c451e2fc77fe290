package org.minigpt4j.prepare.encode;

import org.minigpt4j.data.StoredPictures;
import org.minigpt4j.data.feature.FeatureStore;

import java.io.Serializable;
import java.util.List;

/** The pictures of a training run and what its frozen encoders make of them, on any host. */
public interface FeatureEncoder extends Serializable {

    /** Opens the store that the run will read, or begins it. */
    FeatureStore store();

    /** How many pictures go through the encoders together. */
    int batch();

    /**
     * The run's pictures, shared by all of this process; opened when first asked for.
     *
     * @param gpus that Spark gave the task, by number; empty if it gives out none
     */
    StoredPictures pictures(List<String> gpus);

    /**
     * What the encoders make of each picture.
     *
     * @param gpus as of {@link #pictures}
     * @param pixels of the pictures, as {@link StoredPictures#pixels} gives them
     * @throws InterruptedException if the thread is told to stop
     */
    List<float[]> features(List<String> gpus, List<byte[]> pixels) throws InterruptedException;

    /** Closes what was opened in this process; no task may be running. */
    void close();
}
