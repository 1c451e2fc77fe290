package org.minigpt4j.config;

import org.minigpt4j.config.bind.Exists;
import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;

import java.util.List;
import java.util.Optional;

/** A list of pictures and captions ({@code sources.NAME}). */
public record PrepareSourceConfig(
        @Key(
                        doc =
                                "The list: a file, a folder, a range or glob, a URI (`hdfs://`,"
                                        + " `s3a://`), or several of them.")
                @Exists(
                        value = Exists.Kind.STORAGE,
                        howToGet =
                                "put the downloaded list there; dataset/README.md says where it is"
                                        + " published")
                List<String> path,
        @Key(doc = "The layout of the list.", byDefault = "auto") ListFormat format,
        @Key(
                        doc =
                                "The column of addresses. Without it: `url` in upper"
                                        + " or lower case, otherwise the first column whose"
                                        + " values are addresses.")
                Optional<String> urlColumn,
        @Key(
                        doc =
                                "The column of captions. Without it: `caption` or"
                                        + " `text` in upper or lower case, otherwise the other"
                                        + " of two columns.")
                Optional<String> captionColumn,
        @Key(doc = "Its share of the budget, relative to the other lists.", byDefault = "1.0")
                @Range(above = 0)
                double ratio) {}
