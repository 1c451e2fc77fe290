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
        @Key(doc = "What the samples are.", byDefault = "images")
                @OneOf(value = "images", otherwise = "upstream trains on nothing else")
                String dataType,
        @Key(doc = "Where the data lies.") DatasetStorage buildInfo,
        @Key(doc = "What is done to images.") VisProcessorConfig.Splits visProcessor,
        @Key(doc = "What is done to captions.") TextProcessorConfig.Splits textProcessor,
        @Key(
                        doc =
                                "Weight in the mixture. As upstream, the weights count only when"
                                        + " the first data set has one; else all weigh the same.")
                @Range(above = 0)
                Optional<Double> sampleRatio) {}
