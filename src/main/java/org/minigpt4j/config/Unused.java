package org.minigpt4j.config;

import org.minigpt4j.config.bind.Key;

import java.util.Optional;

/** Top-level sections in upstream's files that are never read. */
final class Unused {

    private Unused() {}

    public record Env(
            @Key(doc = "Where upstream keeps its downloads.", ignored = "nothing is downloaded")
                    Optional<String> cacheRoot) {}

    public record Preprocess(
            @Key(doc = "Processors of images.", ignored = "each data set names its own")
                    Optional<VisProcessorConfig.Splits> visProcessor,
            @Key(doc = "Processors of captions.", ignored = "each data set names its own")
                    Optional<TextProcessorConfig.Splits> textProcessor) {}
}
