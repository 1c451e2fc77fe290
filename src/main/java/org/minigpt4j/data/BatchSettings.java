package org.minigpt4j.data;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.DatasetConfig;
import org.minigpt4j.config.ImageTransform;
import org.minigpt4j.config.ModelConfig;
import org.minigpt4j.config.RunConfig;
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
 * Settings of a {@link BatchLoader}.
 *
 * @param sources the data sets of the mixture
 * @param order which samples form which micro-batch
 * @param texts how captions become tokens
 * @param work number of worker threads and how far ahead they work
 * @param skips how unusable samples are handled
 * @param storage where copies of remote data are kept
 */
public record BatchSettings(
        List<SourceSettings> sources,
        Order order,
        Texts texts,
        Work work,
        Skips skips,
        Storage storage) {

    /** Checks that all data sets produce pictures of the same size. */
    public BatchSettings {
        sources = List.copyOf(sources);
        if (sources.isEmpty()) {
            throw new IllegalArgumentException("no data set");
        }
        if (sources.stream().mapToInt(s -> s.images().imageSize()).distinct().count() != 1) {
            throw new IllegalArgumentException("data sets make pictures of different sizes");
        }
    }

    /**
     * Which samples form which micro-batch.
     *
     * @param seed determines the order and all other randomness of the samples
     * @param batchSize samples in a micro-batch
     * @param windowShards number of shards whose samples are mixed with each other
     * @param sampling how samples are drawn
     * @param lengthWindow number of micro-batches within which samples are sorted by length; 1
     *     turns sorting off
     * @param share the micro-batches of this rank
     */
    public record Order(
            long seed,
            int batchSize,
            int windowShards,
            Sampling sampling,
            int lengthWindow,
            RankShare share) {

        private static final int WINDOW_SHARDS = 16;

        /** Checks that sizes are positive. */
        public Order {
            positive(batchSize, windowShards, lengthWindow);
        }

        /** Seed 42, each sample once per pass, all micro-batches. */
        public static Order of(int batchSize) {
            return new Order(42, batchSize, WINDOW_SHARDS, Sampling.PASSES, 1, RankShare.whole());
        }

        /** The same order with another seed. */
        public Order withSeed(long other) {
            return new Order(other, batchSize, windowShards, sampling, lengthWindow, share);
        }

        /** The same order, restricted to one rank's share. */
        public Order withShare(RankShare rank) {
            return new Order(seed, batchSize, windowShards, sampling, lengthWindow, rank);
        }
    }

    /**
     * How captions become tokens.
     *
     * @param prompts instructions around the picture; one is drawn for each micro-batch
     * @param maxTxtLen maximum number of tokens in a text, including the end symbol
     * @param endSym appended to every text before it is cut
     */
    public record Texts(Prompts prompts, int maxTxtLen, String endSym) {

        /** Checks that texts may have at least one token. */
        public Texts {
            positive(maxTxtLen);
        }

        /**
         * The defaults of the reference's stage 1: no prompts, 32 tokens, a newline as end symbol.
         */
        public static Texts stageOne() {
            return new Texts(Prompts.none(), 32, "\n");
        }
    }

    /**
     * Worker threads and their limits.
     *
     * @param threads number of threads that decode, resize and tokenize
     * @param queue number of micro-batches in progress at a time
     * @param maxPixels pictures with more pixels are skipped
     */
    public record Work(int threads, int queue, long maxPixels) {

        private static final int QUEUE = 4;

        /** Checks that there is at least one thread and room for one micro-batch. */
        public Work {
            positive(threads, queue);
        }

        /** At least one thread, otherwise {@code threads}; the pixel limit is Pillow's. */
        public static Work by(int threads) {
            return new Work(Math.max(1, threads), QUEUE, ImageDecoder.MAX_PIXELS);
        }
    }

    /**
     * How unusable samples are handled.
     *
     * @param file the list of skipped samples; empty if none is written
     * @param maxBadFraction fraction of unusable samples above which the run stops
     */
    public record Skips(Optional<Path> file, double maxBadFraction) {}

    /**
     * Where copies of remote data are kept.
     *
     * @param cache folder for indexes and copies that cannot be written next to the data
     * @param shardCacheBytes maximum size of the copies of remote shards, in bytes
     * @param hadoop Hadoop options for remote storage; they override those from Hadoop's own
     *     configuration
     */
    public record Storage(Path cache, long shardCacheBytes, Map<String, String> hadoop) {

        private static final long SHARD_CACHE_BYTES = 20L << 30;

        /** Keeps a copy of the options. */
        public Storage {
            hadoop = Map.copyOf(hadoop);
        }

        /** At most 20 GiB of remote shards. */
        public static Storage in(Path cache) {
            return new Storage(cache, SHARD_CACHE_BYTES, Map.of());
        }
    }

    private static void positive(int... counts) {
        for (int count : counts) {
            if (count < 1) {
                throw new IllegalArgumentException("sizes and counts must be positive");
            }
        }
    }

    /** The reference's defaults for stage 1. */
    public static BatchSettings of(int batchSize, List<SourceSettings> sources, Path cache) {
        return new BatchSettings(
                sources,
                Order.of(batchSize),
                Texts.stageOne(),
                Work.by(4),
                new Skips(Optional.empty(), 0.001),
                Storage.in(cache));
    }

    /** The same settings with another order. */
    public BatchSettings with(Order other) {
        return new BatchSettings(sources, other, texts, work, skips, storage);
    }

    /** The same settings with other texts. */
    public BatchSettings with(Texts other) {
        return new BatchSettings(sources, order, other, work, skips, storage);
    }

    /** The same settings with other workers. */
    public BatchSettings with(Work other) {
        return new BatchSettings(sources, order, texts, other, skips, storage);
    }

    /** The same settings with another limit or list of skipped samples. */
    public BatchSettings with(Skips other) {
        return new BatchSettings(sources, order, texts, work, other, storage);
    }

    /** The same settings with another place for copies. */
    public BatchSettings with(Storage other) {
        return new BatchSettings(sources, order, texts, work, skips, other);
    }

    /**
     * The settings in a training file. The loader's own files go to {@code cache} in the run's
     * output folder if they cannot be written next to the data.
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
        RunConfig run = config.run();
        return common(config, run.batchSizeTrain(), sources, run.outputDir().resolve("cache"))
                .with(
                        new Order(
                                run.seed(),
                                run.batchSizeTrain(),
                                Order.WINDOW_SHARDS,
                                run.sampling(),
                                run.lengthWindow(),
                                RankShare.whole()))
                .with(
                        new Skips(
                                Optional.of(run.outputDir().resolve("skipped.jsonl")),
                                run.maxBadFraction()));
    }

    /**
     * Settings for the held-out data in a training file, one for each data set that has some. From
     * position 0, every sample comes once before any sample repeats.
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
        // A folder for validation only, because a cache of remote shards can have only one owner at
        // a time.
        Path cache = config.run().outputDir().resolve("cache").resolve("val");
        return common(
                config,
                config.run().batchSizeEval(),
                List.of(source),
                cache.resolve(source.name()));
    }

    private static BatchSettings common(
            TrainConfig config, int batchSize, List<SourceSettings> sources, Path cache) {
        RunConfig run = config.run();
        ModelConfig model = config.model();
        Prompts prompts =
                model.promptPath()
                        .map(path -> Prompts.read(path, model.promptTemplate()))
                        .orElse(Prompts.none());
        return new BatchSettings(
                sources,
                Order.of(batchSize).withSeed(run.seed()),
                new Texts(prompts, model.maxTxtLen(), model.endSym()),
                Work.by(run.numWorkers()),
                new Skips(Optional.empty(), run.maxBadFraction()),
                new Storage(cache, (long) (run.shardCacheGb() * (1L << 30)), Map.of()));
    }

    /**
     * The same settings for one rank. It loads only its share of each global batch, uses {@code
     * replicas} times the threads, and prepares at least two of its global batches ahead.
     */
    public BatchSettings forRank(RankShare rank, int replicas) {
        return with(order.withShare(rank))
                .with(
                        new Work(
                                work.threads() * replicas,
                                Math.max(work.queue(), 2 * rank.count()),
                                work.maxPixels()));
    }

    /** The same settings, but skipped samples are neither counted against the limit nor listed. */
    public BatchSettings unlisted() {
        return with(new Skips(Optional.empty(), skips.maxBadFraction()));
    }

    /**
     * Checks that a picture has the same pixels each time.
     *
     * @throws UsageException if pictures are cropped at random
     */
    void requireSamePictures() {
        if (sources.stream().anyMatch(s -> s.images().transform() != ImageTransform.RESIZE)) {
            throw new UsageException(
                    "run.cache_features: features can be cached only if each picture"
                            + " is always the same; set vis_processor.train.image_transform of"
                            + " every data set to resize, or remove run.cache_features.");
        }
    }

    /** Samples in a micro-batch. */
    public int batchSize() {
        return order.batchSize();
    }

    /** Edge length of every picture in pixels. */
    public int imageSize() {
        return sources.get(0).images().imageSize();
    }
}
