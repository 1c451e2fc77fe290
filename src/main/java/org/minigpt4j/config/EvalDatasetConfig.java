package org.minigpt4j.config;

import org.minigpt4j.config.bind.AlsoAccepts;
import org.minigpt4j.config.bind.SameKeyAs;

/** A section {@code datasets.NAME} of an evaluation file: processors without data. */
@AlsoAccepts(DatasetConfig.class)
public record EvalDatasetConfig(
        @SameKeyAs(DatasetConfig.class) VisProcessorConfig.Splits visProcessor,
        @SameKeyAs(DatasetConfig.class) TextProcessorConfig.Splits textProcessor) {}
