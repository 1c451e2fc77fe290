package org.minigpt4j.config;

import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;

/**
 * The section {@code model.qformer}: the size of the Q-Former, BERT-base by default, and its
 * dropout.
 */
public record QFormerConfig(
        @Key(doc = "Width of a query.", byDefault = "768") @Range(min = 1) int hiddenSize,
        @Key(doc = "Number of layers.", byDefault = "12") @Range(min = 1) int layers,
        @Key(doc = "Attention heads; they divide `hidden_size`.", byDefault = "12") @Range(min = 1)
                int heads,
        @Key(doc = "Hidden width of the feed-forward branch.", byDefault = "3072") @Range(min = 1)
                int intermediateSize,
        @Key(doc = "Layers 0, n, 2n, ... attend to the image as well.", byDefault = "2")
                @Range(min = 1)
                int crossAttentionFreq,
        @Key(
                        doc =
                                "Share of values dropped at random while the Q-Former is trained"
                                        + " (`freeze_qformer: False`); upstream uses 0.1. The seed"
                                        + " and the micro-batch determine which, so the number of"
                                        + " replicas does not change the result.",
                        byDefault = "0.1",
                        ours = true)
                @Range(min = 0, below = 1)
                double dropout) {}
