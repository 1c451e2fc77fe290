package org.minigpt4j.data;

import org.minigpt4j.config.DatasetConfig;
import org.minigpt4j.config.ModelConfig;
import org.minigpt4j.config.Sampling;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.image.ImageDecoder;
import org.minigpt4j.text.Prompts;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a {@link BatchLoader} is to load.
 *
 * @param seed names the order of samples and everything random about them
 * @param batchSize samples in a micro-batch
 * @param sources the data sets of the mixture
 * @param prompts instructions, one drawn for each micro-batch
 * @param maxTxtLen most tokens of a text, end symbol included
 * @param endSym put behind every text before it is cut
 * @param workers threads that decode, resize and tokenize
 * @param queue micro-batches in the making at a time
 * @param windowShards shards whose samples are mixed at a time
 * @param maxPixels pictures with more are skipped
 * @param cache folder for what cannot be written beside the data
 * @param skippedFile list of what was passed over, if one is to be written
 * @param maxBadFraction share of unusable samples that stops the run
 * @param sampling how samples are drawn
 * @param lengthWindow micro-batches among which samples are sorted by length
 * @param share the micro-batches of this rank
 * @param shardCacheBytes most bytes of remote shards kept on this machine
 * @param hadoop options of Hadoop's for remote storage, before those it finds itself
 */
public record BatchSettings(
        long seed,
        int batchSize,
        List<SourceSettings> sources,
        Prompts prompts,
        int maxTxtLen,
        String endSym,
        int workers,
        int queue,
        int windowShards,
        long maxPixels,
        Path cache,
        Optional<Path> skippedFile,
        double maxBadFraction,
        Sampling sampling,
        int lengthWindow,
        RankShare share,
        long shardCacheBytes,
        Map<String, String> hadoop) {

    /** Checks the numbers; all data sets must make pictures of one size. */
    public BatchSettings {
        sources = List.copyOf(sources);
        if (sources.isEmpty()) {
            throw new IllegalArgumentException("no data set");
        }
        if (batchSize < 1
                || maxTxtLen < 1
                || workers < 1
                || queue < 1
                || windowShards < 1
                || lengthWindow < 1) {
            throw new IllegalArgumentException("sizes and counts must be positive");
        }
        if (sources.stream().mapToInt(s -> s.images().imageSize()).distinct().count() != 1) {
            throw new IllegalArgumentException("data sets make pictures of different sizes");
        }
    }

    /**
     * What a training file asks for. The loader's own files go to a folder {@code cache} in the
     * run's output folder where they cannot lie beside the data.
     *
     * @throws org.minigpt4j.UsageException if the prompts cannot be used
     */
    public static BatchSettings from(TrainConfig config) {
        List<SourceSettings> sources = new ArrayList<>();
        // As in the reference, ratios count only if the first data set has one.
        boolean weighted =
                config.datasets().values().stream()
                        .findFirst()
                        .flatMap(DatasetConfig::sampleRatio)
                        .isPresent();
        config.datasets()
                .forEach(
                        (name, dataset) ->
                                sources.add(
                                        SourceSettings.from(
                                                name,
                                                dataset,
                                                weighted ? dataset.sampleRatio().orElse(1.0) : 1)));
        return common(config)
                .setBatchSize(config.run().batchSizeTrain())
                .setSources(sources)
                .setCache(config.run().outputDir().resolve("cache"))
                .optSkippedFile(config.run().outputDir().resolve("skipped.jsonl"))
                .optSampling(config.run().sampling())
                .optLengthWindow(config.run().lengthWindow())
                .build();
    }

    /**
     * What a training file's held-out data asks for, one for each data set that has some. From
     * position 0 on, every sample comes once before any comes again.
     */
    public static List<BatchSettings> heldOut(TrainConfig config) {
        List<BatchSettings> settings = new ArrayList<>();
        config.datasets()
                .forEach(
                        (name, dataset) ->
                                SourceSettings.heldOut(name, dataset)
                                        .ifPresent(
                                                source -> settings.add(heldOut(config, source))));
        return settings;
    }

    private static BatchSettings heldOut(TrainConfig config, SourceSettings source) {
        // A folder of its own: a cache of remote shards has one owner at a time.
        Path cache = config.run().outputDir().resolve("cache").resolve("val");
        return common(config)
                .setBatchSize(config.run().batchSizeEval())
                .setSources(List.of(source))
                .setCache(cache.resolve(source.name()))
                .build();
    }

    private static Builder common(TrainConfig config) {
        ModelConfig model = config.model();
        return builder()
                .optSeed(config.run().seed())
                .optPrompts(
                        model.promptPath()
                                .map(path -> Prompts.read(path, model.promptTemplate()))
                                .orElse(Prompts.none()))
                .optMaxTxtLen(model.maxTxtLen())
                .optEndSym(model.endSym())
                .optWorkers(config.run().numWorkers())
                .optMaxBadFraction(config.run().maxBadFraction())
                .optShardCacheBytes((long) (config.run().shardCacheGb() * (1L << 30)));
    }

    /**
     * The same for one rank: only its share of each global batch is loaded, by {@code replicas}
     * times the workers, and at least two global batches of it are in the making.
     */
    public BatchSettings forRank(RankShare rank, int replicas) {
        return copy().optWorkers(workers * replicas)
                .optQueue(Math.max(queue, 2 * rank.count()))
                .optShare(rank)
                .build();
    }

    /** The same, but what is passed over is counted and listed nowhere. */
    public BatchSettings unlisted() {
        Builder builder = copy();
        builder.skippedFile = Optional.empty();
        return builder.build();
    }

    private Builder copy() {
        Builder builder =
                builder()
                        .setBatchSize(batchSize)
                        .setSources(sources)
                        .setCache(cache)
                        .optSeed(seed)
                        .optPrompts(prompts)
                        .optMaxTxtLen(maxTxtLen)
                        .optEndSym(endSym)
                        .optWorkers(workers)
                        .optQueue(queue)
                        .optWindowShards(windowShards)
                        .optMaxPixels(maxPixels)
                        .optMaxBadFraction(maxBadFraction)
                        .optSampling(sampling)
                        .optLengthWindow(lengthWindow)
                        .optShare(share)
                        .optShardCacheBytes(shardCacheBytes)
                        .optHadoop(hadoop);
        builder.skippedFile = skippedFile;
        return builder;
    }

    /** Edge of every picture in pixels. */
    public int imageSize() {
        return sources.get(0).images().imageSize();
    }

    /** Begins with the reference's defaults; {@code setX} is required, {@code optX} is not. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects the settings by name. */
    public static final class Builder {

        private long seed = 42;
        private int batchSize;
        private List<SourceSettings> sources = List.of();
        private Prompts prompts = Prompts.none();
        private int maxTxtLen = 32;
        private String endSym = "\n";
        private int workers = 4;
        private int queue = 4;
        private int windowShards = 16;
        private long maxPixels = ImageDecoder.MAX_PIXELS;
        private Path cache;
        private Optional<Path> skippedFile = Optional.empty();
        private double maxBadFraction = 0.001;
        private Sampling sampling = Sampling.PASSES;
        private int lengthWindow = 1;
        private RankShare share = RankShare.whole();
        private long shardCacheBytes = 20L << 30;
        private Map<String, String> hadoop = Map.of();

        private Builder() {}

        /** Samples in a micro-batch. */
        public Builder setBatchSize(int batchSize) {
            this.batchSize = batchSize;
            return this;
        }

        /** The data sets of the mixture. */
        public Builder setSources(List<SourceSettings> sources) {
            this.sources = sources;
            return this;
        }

        /** Folder for what cannot be written beside the data. */
        public Builder setCache(Path cache) {
            this.cache = cache;
            return this;
        }

        /** The seed of the order; 42 by default. */
        public Builder optSeed(long seed) {
            this.seed = seed;
            return this;
        }

        /** Instructions around the picture; none by default. */
        public Builder optPrompts(Prompts prompts) {
            this.prompts = prompts;
            return this;
        }

        /** Most tokens of a text; 32 by default. */
        public Builder optMaxTxtLen(int maxTxtLen) {
            this.maxTxtLen = maxTxtLen;
            return this;
        }

        /** Put behind every text; a line end by default. */
        public Builder optEndSym(String endSym) {
            this.endSym = endSym;
            return this;
        }

        /** Worker threads; 4 by default, 0 means 1. */
        public Builder optWorkers(int workers) {
            this.workers = Math.max(1, workers);
            return this;
        }

        /** Micro-batches in the making at a time; 4 by default. */
        public Builder optQueue(int queue) {
            this.queue = queue;
            return this;
        }

        /** Shards whose samples are mixed at a time; 16 by default. */
        public Builder optWindowShards(int windowShards) {
            this.windowShards = windowShards;
            return this;
        }

        /** Pictures with more pixels are skipped; by default Pillow's limit, 89,478,485. */
        public Builder optMaxPixels(long maxPixels) {
            this.maxPixels = maxPixels;
            return this;
        }

        /** Where to list what is passed over; nowhere by default. */
        public Builder optSkippedFile(Path skippedFile) {
            this.skippedFile = Optional.of(skippedFile);
            return this;
        }

        /** Share of unusable samples that stops the run; 0.001 by default. */
        public Builder optMaxBadFraction(double maxBadFraction) {
            this.maxBadFraction = maxBadFraction;
            return this;
        }

        /** How samples are drawn; each once a pass by default. */
        public Builder optSampling(Sampling sampling) {
            this.sampling = sampling;
            return this;
        }

        /** Micro-batches among which samples are sorted by length; 1 by default, not at all. */
        public Builder optLengthWindow(int lengthWindow) {
            this.lengthWindow = lengthWindow;
            return this;
        }

        /** The micro-batches of this rank; all by default. */
        public Builder optShare(RankShare share) {
            this.share = share;
            return this;
        }

        /** Most bytes of remote shards kept on this machine; 20 GiB by default. */
        public Builder optShardCacheBytes(long shardCacheBytes) {
            this.shardCacheBytes = shardCacheBytes;
            return this;
        }

        /** Options of Hadoop's for remote storage; by default those of its own files. */
        public Builder optHadoop(Map<String, String> hadoop) {
            this.hadoop = Map.copyOf(hadoop);
            return this;
        }

        /** The settings. */
        public BatchSettings build() {
            return new BatchSettings(
                    seed,
                    batchSize,
                    sources,
                    prompts,
                    maxTxtLen,
                    endSym,
                    workers,
                    queue,
                    windowShards,
                    maxPixels,
                    cache,
                    skippedFile,
                    maxBadFraction,
                    sampling,
                    lengthWindow,
                    share,
                    shardCacheBytes,
                    hadoop);
        }
    }
}
