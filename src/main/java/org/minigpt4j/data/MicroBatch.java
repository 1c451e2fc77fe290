package org.minigpt4j.data;

import org.minigpt4j.text.SequenceLayout;
import org.minigpt4j.text.TextBatch;

import java.util.List;

/**
 * What one forward pass takes: examples of one data set, under one prompt.
 *
 * @param position its place in the order of training
 * @param imageSize edge of the pictures in pixels
 * @param dataset the data set of all examples
 * @param before ids of the prompt before the picture; empty in stage 1
 * @param after ids of the prompt after the picture; empty in stage 1
 * @param examples the samples, in order
 * @param text the prompt and the examples' captions, laid out
 */
public record MicroBatch(
        long position,
        int imageSize,
        String dataset,
        int[] before,
        int[] after,
        List<Example> examples,
        TextBatch text) {

    /** Keeps a copy of the list. */
    public MicroBatch {
        examples = List.copyOf(examples);
    }

    /** A micro-batch whose text is laid out here. */
    public MicroBatch(
            long position,
            int imageSize,
            String dataset,
            int[] before,
            int[] after,
            List<Example> examples,
            SequenceLayout layout) {
        this(
                position,
                imageSize,
                dataset,
                before,
                after,
                examples,
                layout.batch(before, after, examples.stream().map(Example::tokens).toList()));
    }

    /** The same with its first {@code count} examples only, laid out again. */
    public MicroBatch first(int count, SequenceLayout layout) {
        return new MicroBatch(
                position, imageSize, dataset, before, after, examples.subList(0, count), layout);
    }

    /** How many samples there are. */
    public int size() {
        return examples.size();
    }

    /** Places that are learned from. */
    public int labels() {
        return text.labels().length;
    }

    /** Names of the samples. */
    public List<String> keys() {
        return examples.stream().map(Example::key).toList();
    }
}
