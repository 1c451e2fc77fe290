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
        @Key(doc = "Words kept of a caption.", byDefault = "50") @Range(min = 1) int maxWords) {

    /** The processors of a data set by split ({@code text_processor}). */
    public record Splits(
            @Key(
                            doc =
                                    "The processor of what is trained on; `cc_sbu_align` captions"
                                            + " stay raw, as upstream.")
                    TextProcessorConfig train,
            @Key(doc = "The processor of held-out captions; without it that of `train`.")
                    Optional<TextProcessorConfig> eval) {}
}
