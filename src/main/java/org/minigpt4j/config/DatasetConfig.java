package org.minigpt4j.config;

import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.OneOf;
import org.minigpt4j.config.bind.Range;

import java.util.Optional;

/** A section {@code datasets.NAME} of a training file. */
public record DatasetConfig(
        @Key(
                        doc =
                                "How the storage is laid out. Built in for the names `laion`,"
                                        + " `cc_sbu` and `cc_sbu_align`; any other name needs it.",
                        ours = true)
                DatasetFormat format,
        @Key(doc = "Chooses the built-in defaults of the data set.", byDefault = "default")
                @OneOf(value = "default", otherwise = "each data set has one set of defaults")
                String type,
        @Key(doc = "The kind of samples.", byDefault = "images")
                @OneOf(value = "images", otherwise = "upstream trains on nothing else")
                String dataType,
        @Key(doc = "Where the data is.") DatasetStorage buildInfo,
        @Key(doc = "How images are processed.") VisProcessorConfig.Splits visProcessor,
        @Key(doc = "How captions are processed.") TextProcessorConfig.Splits textProcessor,
        @Key(
                        doc =
                                "Weight in the mixture. As in upstream, weights count only if"
                                        + " the first data set has one; otherwise all weigh the same.")
                @Range(above = 0)
                Optional<Double> sampleRatio) {}
