package org.minigpt4j.data;

import org.minigpt4j.data.feature.FeatureStore;

import java.util.Optional;

/**
 * One sample as the model takes it.
 *
 * @param dataset the data set it comes from
 * @param key its name there
 * @param pixels {@code imageSize * imageSize * 3} unsigned bytes, RGB, row by row
 * @param tokens the caption's ids with the end symbol's, cut to the longest text allowed
 * @param text what was tokenized
 * @param sample its name in a {@link FeatureStore}; empty without one
 * @param features what the encoders make of the picture, if that is known; there are no pixels then
 */
public record Example(
        String dataset,
        String key,
        byte[] pixels,
        int[] tokens,
        String text,
        String sample,
        Optional<float[]> features) {}
