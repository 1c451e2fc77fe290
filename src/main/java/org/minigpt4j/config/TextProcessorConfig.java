package org.minigpt4j.config;

import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.OneOf;
import org.minigpt4j.config.bind.Range;

import java.util.Optional;

/** How a caption is cleaned ({@code text_processor.train}). */
public record TextProcessorConfig(
        @Key(doc = "The processor.")
                @OneOf(value = "blip_caption", otherwise = "upstream has no other")
                String name,
        @Key(doc = "Text put before every caption.", byDefault = "") String prompt,
        @Key(doc = "Maximum words of a caption; the rest is cut.", byDefault = "50") @Range(min = 1)
                int maxWords) {

    /** The processors of a data set by split ({@code text_processor}). */
    public record Splits(
            @Key(
                            doc =
                                    "The processor of training captions; `cc_sbu_align` captions"
                                            + " stay raw, as in upstream.")
                    TextProcessorConfig train,
            @Key(doc = "The processor of held-out captions. Without it: that of `train`.")
                    Optional<TextProcessorConfig> eval) {}
}
