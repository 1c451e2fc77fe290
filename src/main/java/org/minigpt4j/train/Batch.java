package org.minigpt4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.minigpt4j.model.Backbone;
import org.minigpt4j.text.TextBatch;

import java.util.List;

/**
 * A micro-batch, ready for a replica.
 *
 * @param keys names of the samples, for messages
 * @param images how a backbone gets to see the images
 * @param text the token side
 */
public record Batch(List<String> keys, Images images, TextBatch text) {

    /** The images of a batch, in whatever form they came. */
    @FunctionalInterface
    public interface Images {
        /** What the queries of {@code backbone} see, float32 [b, queries, width]. */
        NDArray features(NDManager results, Backbone backbone);
    }
}
