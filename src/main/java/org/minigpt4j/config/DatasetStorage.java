package org.minigpt4j.config;

import org.minigpt4j.config.bind.Exists;
import org.minigpt4j.config.bind.Key;

import java.util.List;
import java.util.Optional;

/** Where a data set is stored ({@code datasets.NAME.build_info}). */
public record DatasetStorage(
        @Key(
                        doc =
                                "One place or a list of them: a folder, a file, a"
                                        + " brace range such as `shards/{00000..10488}.tar`, a"
                                        + " glob, or a URI (`hdfs://`, `s3a://`). Only local"
                                        + " paths are checked, and of a range or glob only the"
                                        + " folder.")
                @Exists(
                        value = Exists.Kind.STORAGE,
                        howToGet =
                                "put the place of the prepared data there; dataset/README.md says"
                                        + " how to get it")
                List<String> storage,
        @Key(
                        doc =
                                "The held-out samples, laid out as `storage`: the"
                                        + " split `val` of `run.valid_splits`. Their pictures"
                                        + " are processed by `vis_processor.eval` (default: the"
                                        + " plain resize), their captions by"
                                        + " `text_processor.eval` (default: that of `train`).",
                        ours = true)
                @Exists(
                        value = Exists.Kind.STORAGE,
                        howToGet = "put the path of held-out samples there")
                Optional<List<String>> valStorage) {}
