package org.minigpt4j.data;

import org.minigpt4j.data.feature.FeatureStore;

import java.util.Optional;

/**
 * One sample, ready for the model.
 *
 * @param dataset name of its data set
 * @param key its name within the data set
 * @param pixels {@code imageSize * imageSize * 3} unsigned bytes, RGB, row by row; empty if {@code
 *     features} are given
 * @param tokens ids of the caption and the end symbol, cut to the maximum length
 * @param text the text that was tokenized
 * @param sample its name in a {@link FeatureStore}; empty if there is no store
 * @param features the encoders' output for the picture if it is cached, otherwise empty
 */
public record Example(
        String dataset,
        String key,
        byte[] pixels,
        int[] tokens,
        String text,
        String sample,
        Optional<float[]> features) {}
