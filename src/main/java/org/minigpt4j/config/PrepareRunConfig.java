package org.minigpt4j.config;

import org.minigpt4j.config.bind.Exists;
import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;

/** What to prepare and where to ({@code prepare}). */
public record PrepareRunConfig(
        @Key(
                        doc =
                                "Folder for the shards, made when missing: a path or a URI"
                                        + " (`hdfs://`, `s3a://`). Each list gets a folder of its"
                                        + " name in it.")
                @Exists(
                        value = Exists.Kind.OUTPUT_PLACE,
                        howToGet = "name a folder, which is made when missing, or an address")
                String output,
        @Key(
                        doc =
                                "How many samples the shards are to hold, over all lists:"
                                        + " `5200000`, `5.2M`, or `all`.",
                        byDefault = "all")
                SampleBudget budget,
        @Key(
                        doc =
                                "How many pairs to draw from the lists beyond the budget, as a"
                                        + " share of it, to take the place of those that fail. It may"
                                        + " be raised later.",
                        byDefault = "1.5")
                @Range(min = 0)
                double reserve,
        @Key(doc = "Draws the pairs: the same seed, the same pairs.", byDefault = "42") long seed,
        @Key(doc = "Pairs tried for a shard, failures included.", byDefault = "10000")
                @Range(min = 1, max = 1000000)
                int samplesPerShard,
        @Key(
                        doc =
                                "By what two pictures are one: their address, also their bytes, or"
                                        + " also their looks. All but the first of equals are left"
                                        + " out.",
                        byDefault = "sha256")
                Dedupe dedupe,
        @Key(
                        doc =
                                "For `dedupe: perceptual`, how many of the 64 bits of two pictures'"
                                        + " hashes may differ for them to be one; nearly always"
                                        + " an even number does. More finds pictures that were"
                                        + " changed more, and costs more comparisons.",
                        byDefault = "4")
                @Range(min = 0, max = 7)
                int dedupeDistance,
        @Key(doc = "Try failed downloads of finished shards once more.", byDefault = "false")
                boolean retryFailed,
        @Key(
                        doc =
                                "Write `report.json` and `report.html` of what became of the pairs"
                                        + " when the shards are finished.",
                        byDefault = "true")
                boolean report,
        @Key(doc = "Where figures of the work are recorded.") PrepareTrackingConfig tracking) {}
