package org.minigpt4j.data;

import org.minigpt4j.text.SequenceLayout;
import org.minigpt4j.text.TextBatch;

import java.util.List;

/**
 * The input of one forward pass: examples of one data set with the same prompt.
 *
 * @param position its place in training order
 * @param imageSize edge length of the pictures in pixels
 * @param dataset the data set of all examples
 * @param before ids of the prompt before the picture; empty in stage 1
 * @param after ids of the prompt after the picture; empty in stage 1
 * @param examples the samples, in order
 * @param text the laid-out tokens of the prompt and the captions
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

    /** Creates a micro-batch and lays out its text. */
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

    /** The first {@code count} examples only, laid out again. */
    public MicroBatch first(int count, SequenceLayout layout) {
        return new MicroBatch(
                position, imageSize, dataset, before, after, examples.subList(0, count), layout);
    }

    /** Number of samples. */
    public int size() {
        return examples.size();
    }

    /** Number of tokens that count in the loss. */
    public int labels() {
        return text.labels().length;
    }

    /** Names of the samples. */
    public List<String> keys() {
        return examples.stream().map(Example::key).toList();
    }
}
