package org.minigpt4j.config;

import org.minigpt4j.config.bind.Exists;
import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;

import java.util.Optional;

/** When a run saves its state, and which checkpoints it keeps ({@code run.checkpoint}). */
public record CheckpointConfig(
        @Key(
                        doc =
                                "Save after this many steps. Without it: only by time and at the"
                                        + " end of epochs.")
                @Range(min = 1)
                Optional<Integer> steps,
        @Key(
                        doc =
                                "Save when the last save is this many seconds old, so"
                                        + " that a crash loses no more than that; 0 turns it"
                                        + " off.",
                        byDefault = "60")
                @Range(min = 0)
                double seconds,
        @Key(
                        doc =
                                "How many checkpoints to keep in addition to those at"
                                        + " the end of epochs. The latter are all kept, as in"
                                        + " upstream, unless `valid_splits` measures them.",
                        byDefault = "3")
                @Range(min = 1)
                int keepLast,
        @Key(
                        doc =
                                "How many more to keep: those with the lowest loss"
                                        + " (mean of the last 100 steps). With `valid_splits`:"
                                        + " how many of those at the end of epochs to keep, by"
                                        + " their loss on held-out data.",
                        byDefault = "1")
                @Range(min = 0)
                int keepBest,
        @Key(
                        doc =
                                "Where to write checkpoints and copies of the logs: a"
                                        + " folder, or an `hdfs://` or `s3a://` address, from"
                                        + " which another machine can take over the run."
                                        + " Without it: the folder `checkpoints` in"
                                        + " `output_dir`.")
                @Exists(
                        value = Exists.Kind.OUTPUT_PLACE,
                        howToGet = "name a folder, which is created if necessary, or an address")
                Optional<String> dir) {}
