package org.minigpt4j.config;

import java.util.List;

/** Where a data set lies ({@code datasets.NAME.build_info}). */
public record BuildInfo(
        @Key(
                        doc =
                                "One place or a list of them: a folder, a file, a brace range such"
                                        + " as `shards/{00000..10488}.tar`, a glob, or a URI"
                                        + " (`hdfs://`, `s3a://`). Only local places are looked at,"
                                        + " of a range or glob only the folder.")
                @Exists(
                        value = Exists.Kind.STORAGE,
                        howToGet =
                                "put the place of the prepared data there; dataset/README.md says"
                                        + " how to get it")
                List<String> storage) {}
