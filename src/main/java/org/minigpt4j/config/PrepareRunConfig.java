package org.minigpt4j.config;

import org.minigpt4j.config.bind.Exists;
import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;

/** What to prepare, and where to write it ({@code prepare}). */
public record PrepareRunConfig(
        @Key(
                        doc =
                                "Folder for the shards, created if necessary: a path or a URI"
                                        + " (`hdfs://`, `s3a://`). Each list gets a folder of its"
                                        + " name in it.")
                @Exists(
                        value = Exists.Kind.OUTPUT_PLACE,
                        howToGet = "name a folder, which is created if necessary, or an address")
                String output,
        @Key(
                        doc =
                                "How many samples the shards should hold, over all"
                                        + " lists: `5200000`, `5.2M`, or `all`.",
                        byDefault = "all")
                SampleBudget budget,
        @Key(
                        doc =
                                "How many pairs to draw in addition to the budget, as"
                                        + " a share of it, to replace those that fail. You can"
                                        + " raise it later.",
                        byDefault = "1.5")
                @Range(min = 0)
                double reserve,
        @Key(doc = "The same seed draws the same pairs.", byDefault = "42") long seed,
        @Key(doc = "Pairs tried per shard, including failures.", byDefault = "10000")
                @Range(min = 1, max = 1000000)
                int samplesPerShard,
        @Key(
                        doc =
                                "When two pictures count as duplicates: same address,"
                                        + " also same bytes, or also similar looks. Only the"
                                        + " first is kept.",
                        byDefault = "sha256")
                Dedupe dedupe,
        @Key(
                        doc =
                                "For `dedupe: perceptual`, how many of the 64 bits of"
                                        + " two pictures' hashes may differ for them to count"
                                        + " as duplicates; the number is nearly always even. A"
                                        + " larger value finds pictures that were changed more,"
                                        + " and needs more comparisons.",
                        byDefault = "4")
                @Range(min = 0, max = 7)
                int dedupeDistance,
        @Key(doc = "Try failed downloads of finished shards once more.", byDefault = "false")
                boolean retryFailed,
        @Key(
                        doc =
                                "Write `report.json` and `report.html` about the"
                                        + " outcome of the pairs when the shards are finished.",
                        byDefault = "true")
                boolean report,
        @Key(doc = "Where progress figures are recorded.") PrepareTrackingConfig tracking) {}
