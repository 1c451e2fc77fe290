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
 * What a {@link BatchLoader} is to load.
 *
 * @param sources the data sets of the mixture
 * @param order which samples make which micro-batch
 * @param texts what becomes of captions
 * @param work who makes the examples, and how many ahead
 * @param skips what happens to samples that are of no use
 * @param storage where copies of remote data go
 */
public record BatchSettings(
        List<SourceSettings> sources,
        Order order,
        Texts texts,
        Work work,
        Skips skips,
        Storage storage) {

    /** Checks that all data sets make pictures of one size. */
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
     * Which samples make which micro-batch.
     *
     * @param seed names the order and everything random about the samples
     * @param batchSize samples in a micro-batch
     * @param windowShards shards whose samples are mixed at a time
     * @param sampling how samples are drawn
     * @param lengthWindow micro-batches among which samples are sorted by length; 1: not at all
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

        /** Seed 42, each sample once a pass, all micro-batches. */
        public static Order of(int batchSize) {
            return new Order(42, batchSize, WINDOW_SHARDS, Sampling.PASSES, 1, RankShare.whole());
        }

        /** The same under another seed. */
        public Order withSeed(long other) {
            return new Order(other, batchSize, windowShards, sampling, lengthWindow, share);
        }

        /** The same, for one rank. */
        public Order withShare(RankShare rank) {
            return new Order(seed, batchSize, windowShards, sampling, lengthWindow, rank);
        }
    }

    /**
     * What becomes of captions.
     *
     * @param prompts instructions around the picture, one drawn for each micro-batch
     * @param maxTxtLen most tokens of a text, end symbol included
     * @param endSym put after every text before it is cut
     */
    public record Texts(Prompts prompts, int maxTxtLen, String endSym) {

        /** Checks that texts may have tokens. */
        public Texts {
            positive(maxTxtLen);
        }

        /** The reference's stage 1: no prompts, 32 tokens, a line end. */
        public static Texts stageOne() {
            return new Texts(Prompts.none(), 32, "\n");
        }
    }

    /**
     * Who makes the examples.
     *
     * @param threads how many decode, resize and tokenize
     * @param queue micro-batches in the making at a time
     * @param maxPixels pictures with more are skipped
     */
    public record Work(int threads, int queue, long maxPixels) {

        private static final int QUEUE = 4;

        /** Checks that there is somebody to work. */
        public Work {
            positive(threads, queue);
        }

        /** With {@code threads}, at least one, and Pillow's limit of pixels. */
        public static Work by(int threads) {
            return new Work(Math.max(1, threads), QUEUE, ImageDecoder.MAX_PIXELS);
        }
    }

    /**
     * What happens to samples that are of no use.
     *
     * @param file list of what was skipped, if one is to be written
     * @param maxBadFraction share of unusable samples that stops the run
     */
    public record Skips(Optional<Path> file, double maxBadFraction) {}

    /**
     * Where copies of remote data go.
     *
     * @param cache folder for what cannot be written beside the data
     * @param shardCacheBytes most bytes of remote shards kept there
     * @param hadoop options of Hadoop's for remote storage, before those it finds itself
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

    /** The same in another order. */
    public BatchSettings with(Order other) {
        return new BatchSettings(sources, other, texts, work, skips, storage);
    }

    /** The same with other texts. */
    public BatchSettings with(Texts other) {
        return new BatchSettings(sources, order, other, work, skips, storage);
    }

    /** The same, made by others. */
    public BatchSettings with(Work other) {
        return new BatchSettings(sources, order, texts, other, skips, storage);
    }

    /** The same with another limit or list. */
    public BatchSettings with(Skips other) {
        return new BatchSettings(sources, order, texts, work, other, storage);
    }

    /** The same with its copies elsewhere. */
    public BatchSettings with(Storage other) {
        return new BatchSettings(sources, order, texts, work, skips, other);
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
        // Its own folder: a cache of remote shards has one owner at a time.
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
     * The same for one rank: only its share of each global batch is loaded, by {@code replicas}
     * times the threads, and at least two global batches of it are in the making.
     */
    public BatchSettings forRank(RankShare rank, int replicas) {
        return with(order.withShare(rank))
                .with(
                        new Work(
                                work.threads() * replicas,
                                Math.max(work.queue(), 2 * rank.count()),
                                work.maxPixels()));
    }

    /** The same, but what is skipped is counted and listed nowhere. */
    public BatchSettings unlisted() {
        return with(new Skips(Optional.empty(), skips.maxBadFraction()));
    }

    /**
     * Checks that a picture is the same each time.
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

    /** Edge of every picture in pixels. */
    public int imageSize() {
        return sources.get(0).images().imageSize();
    }
}
