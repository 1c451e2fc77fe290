package org.minigpt4j.config;

import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;

/** Captions that a run writes for a few samples during training ({@code run.samples}). */
public record SamplesConfig(
        @Key(
                        doc =
                                "Number of training samples that the model captions for"
                                        + " `samples.html`, always the same ones; 0 turns it off.",
                        byDefault = "8")
                @Range(min = 0)
                int count,
        @Key(doc = "Maximum tokens of each caption.", byDefault = "48") @Range(min = 1)
                int maxNewTokens,
        @Key(
                        doc =
                                "Write captions after every n-th epoch. Those before"
                                        + " the first step and after the last are always"
                                        + " written.",
                        byDefault = "1")
                @Range(min = 1)
                int everyEpochs) {}
