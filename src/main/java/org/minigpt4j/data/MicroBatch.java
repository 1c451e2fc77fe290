package org.minigpt4j.data;

import java.util.List;

/**
 * What one forward pass takes: examples of one data set, under one prompt.
 *
 * @param position its place in the order of training
 * @param imageSize edge of the pictures in pixels
 * @param dataset the data set of all examples
 * @param before ids of the prompt before the picture; empty in stage 1
 * @param after ids of the prompt behind the picture; empty in stage 1
 * @param examples the samples, in order
 */
public record MicroBatch(
        long position,
        int imageSize,
        String dataset,
        int[] before,
        int[] after,
        List<Example> examples) {

    /** Keeps a copy of the list. */
    public MicroBatch {
        examples = List.copyOf(examples);
    }
}
