package org.minigpt4j.data;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.ImageTransform;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.data.order.SampleOrder;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.data.shard.Shard;
import org.minigpt4j.data.shard.ShardPlaces;
import org.minigpt4j.data.shard.TarSource;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.random.RandomStreamId;
import org.minigpt4j.text.Tokenizer;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Hands out micro-batches in the order of training, made ahead of time by worker threads.
 *
 * <p>Up to {@code queue} micro-batches are in the making. Every example is a task of its own, so
 * the first micro-batch is ready as soon as all workers together can make it. Tasks are queued in
 * order and collected in order: the result is the same for any number of workers, and what is
 * skipped is counted when the micro-batch it concerns is handed out, not when a worker happens to
 * meet it.
 *
 * <p>One thread calls {@link #next}; the tokenizer stays the caller's to close.
 */
public final class BatchLoader implements AutoCloseable {

    /** Micro-batches between the fetching of a remote shard and the making of its samples. */
    private static final int PREFETCH = 256;

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final BatchSettings settings;
    private final List<SampleSource> sources;
    private final RemoteStorage remote;
    private final SampleOrder order;

    /** The same samples in the coarse, for those far ahead of what is in the making. */
    private final SampleOrder ahead;

    private final ExampleMaker maker;

    /** As {@code maker}, but always with the picture. */
    private final ExampleMaker pictures;

    private final List<TokenizedPrompt> prompts;
    private final ExecutorService workers;
    private final Deque<Pending> inFlight = new ArrayDeque<>();
    private final SkippedLog skipped;
    private final long start;
    private long started;
    private long prefetched;
    private long microBatches;
    private long examples;
    private long waitedNanos;

    private record TokenizedPrompt(int[] before, int[] after) {}

    private record Pending(SampleOrder.Draw draw, List<Future<ExampleMaker.Outcome>> outcomes) {}

    /**
     * What was handed out so far.
     *
     * @param microBatches how many
     * @param examples the samples in them
     * @param waited how long {@link BatchLoader#next} blocked in all
     * @param skipped samples passed over since the run began, by cause, those found when shards
     *     were indexed included
     */
    public record Stats(
            long microBatches, long examples, Duration waited, Map<Fault, Long> skipped) {}

    /** A data set as it was found: its shards, its samples, and those that have no number. */
    public record Found(String dataset, int shards, long samples, int flaws) {}

    private BatchLoader(
            BatchSettings settings,
            List<SampleSource> sources,
            RemoteStorage remote,
            Tokenizer tokenizer,
            long position,
            Optional<FeatureStore> features) {
        this.settings = settings;
        this.sources = sources;
        this.remote = remote;
        this.maker = new ExampleMaker(settings, sources, tokenizer, features);
        this.pictures =
                features.isEmpty()
                        ? maker
                        : new ExampleMaker(settings, sources, tokenizer, Optional.empty());
        this.start = position;
        this.skipped = new SkippedLog(settings.maxBadFraction(), settings.skippedFile(), position);
        List<Skip> flaws = new ArrayList<>();
        long samples = 0;
        List<SampleOrder.Part> parts = new ArrayList<>();
        for (int i = 0; i < sources.size(); i++) {
            parts.add(
                    new SampleOrder.Part(
                            settings.sources().get(i).ratio(),
                            sources.get(i).shardSizes(),
                            sources.get(i)::captionLength));
            flaws.addAll(sources.get(i).flaws());
            samples += Arrays.stream(sources.get(i).shardSizes()).asLongStream().sum();
        }
        skipped.indexed(flaws, samples);
        this.order =
                new SampleOrder(
                        settings.seed(),
                        settings.batchSize(),
                        settings.windowShards(),
                        parts,
                        settings.sampling(),
                        settings.lengthWindow());
        this.ahead =
                new SampleOrder(
                        settings.seed(),
                        settings.batchSize(),
                        settings.windowShards(),
                        parts,
                        settings.sampling(),
                        1);
        this.prompts =
                settings.prompts().all().stream()
                        .map(
                                prompt ->
                                        new TokenizedPrompt(
                                                tokenizer.encode(prompt.before()),
                                                tokenizer.encode(prompt.after())))
                        .toList();
        int[] number = new int[1];
        this.workers =
                Executors.newFixedThreadPool(
                        settings.workers(),
                        task -> {
                            Thread thread = new Thread(task, "data-" + number[0]++);
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    /**
     * Finds the data sets and starts to load at {@code position}, the number of micro-batches
     * already trained on.
     *
     * @throws UsageException if a data set is missing, unreadable or empty
     */
    public static BatchLoader open(BatchSettings settings, Tokenizer tokenizer, long position) {
        return open(settings, tokenizer, position, Optional.empty());
    }

    /**
     * As {@link #open(BatchSettings, Tokenizer, long)}; pictures whose features are in a store are
     * not decoded. The store stays the caller's to close.
     */
    public static BatchLoader open(
            BatchSettings settings,
            Tokenizer tokenizer,
            long position,
            Optional<FeatureStore> features) {
        boolean crops =
                settings.sources().stream()
                        .anyMatch(s -> s.images().transform() != ImageTransform.RESIZE);
        if (features.isPresent() && crops) {
            throw new UsageException(
                    "run.cache_features: features can be kept only where the picture is the same"
                        + " each time; set vis_processor.train.image_transform of every data set to"
                        + " resize, or leave run.cache_features away.");
        }
        RemoteStorage remote = remoteStorage(settings);
        try {
            List<SampleSource> sources = new ArrayList<>();
            for (SourceSettings source : settings.sources()) {
                SampleSource opened = open(source, settings.cache(), remote);
                if (Arrays.stream(opened.shardSizes()).noneMatch(size -> size > 0)) {
                    throw new UsageException(
                            "Data set %s has no usable sample at %s."
                                    .formatted(source.name(), String.join(", ", source.storage())));
                }
                sources.add(opened);
            }
            BatchLoader loader =
                    new BatchLoader(settings, sources, remote, tokenizer, position, features);
            loader.startMore();
            return loader;
        } catch (RuntimeException | Error e) {
            if (remote != null) {
                remote.close();
            }
            throw e;
        }
    }

    private static RemoteStorage remoteStorage(BatchSettings settings) {
        boolean needed =
                settings.sources().stream()
                        .flatMap(source -> source.storage().stream())
                        .anyMatch(RemoteFiles::isRemote);
        return needed
                ? new RemoteStorage(
                        settings.hadoop(),
                        settings.cache().resolve("shards"),
                        settings.shardCacheBytes())
                : null;
    }

    /** Opens a data set; {@code remote} may be null where none of it is far. */
    static SampleSource open(SourceSettings source, Path cache, RemoteStorage remote) {
        return switch (source.format()) {
            case WEBDATASET -> {
                List<Shard> shards = new ArrayList<>();
                for (String place : source.storage()) {
                    if (RemoteFiles.isRemote(place)) {
                        shards.addAll(remote.find(source.name(), place));
                    } else {
                        ShardPlaces.find(source.name(), List.of(place))
                                .forEach(path -> shards.add(new Shard.Local(path)));
                    }
                }
                if (shards.isEmpty()) {
                    throw new UsageException(
                            "Data set %s names no storage.".formatted(source.name()));
                }
                yield TarSource.open(source.name(), shards, cache);
            }
            case CC_SBU_ALIGN -> AlignFolder.open(source.name(), onlyPlace(source), remote);
            case COCO_CAPTIONS -> CocoCaptions.open(source.name(), onlyPlace(source), remote);
            case IMAGE_FOLDER -> ImageFolder.open(source.name(), onlyPlace(source));
        };
    }

    private static String onlyPlace(SourceSettings source) {
        if (source.storage().size() != 1) {
            throw new UsageException(
                    "Data set %s: its format takes one place, %d are given; make a data set of each."
                            .formatted(source.name(), source.storage().size()));
        }
        return source.storage().get(0);
    }

    /**
     * The next micro-batch; blocks until it is made.
     *
     * @throws org.minigpt4j.FailedException if the storage fails or too much of it is broken
     */
    public MicroBatch next() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        Pending pending = inFlight.getFirst();
        long start = System.nanoTime();
        List<ExampleMaker.Outcome> outcomes = new ArrayList<>(pending.outcomes.size());
        try {
            for (Future<ExampleMaker.Outcome> outcome : pending.outcomes) {
                outcomes.add(outcome.get());
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            waitedNanos += System.nanoTime() - start;
        }
        inFlight.removeFirst();
        startMore();
        long at = pending.draw.position();
        RankShare share = settings.share();
        outcomes.forEach(outcome -> skipped.loaded(outcome.skipped(), at));
        long mine = (at / share.microBatches() + 1) * share.count();
        skipped.judge(mine * settings.batchSize());
        microBatches++;
        examples += outcomes.size();
        return batch(pending.draw, outcomes);
    }

    private MicroBatch batch(SampleOrder.Draw draw, List<ExampleMaker.Outcome> outcomes) {
        TokenizedPrompt prompt =
                prompts.isEmpty()
                        ? new TokenizedPrompt(new int[0], new int[0])
                        : prompts.get(
                                RandomStreamId.PROMPT.stream(settings.seed(), draw.position())
                                        .nextInt(prompts.size()));
        return new MicroBatch(
                draw.position(),
                settings.imageSize(),
                settings.sources().get(draw.dataset()).name(),
                prompt.before,
                prompt.after,
                outcomes.stream().map(ExampleMaker.Outcome::example).toList());
    }

    /**
     * The first samples of the first micro-batches of training, each alone under the prompt it had
     * there and with its picture: the same ones however far training is. They are made by the
     * calling thread, which leaves what {@link #next} returns and counts as it is.
     *
     * @return {@code count} different ones, or fewer where the data has fewer
     */
    public List<MicroBatch> firstExamples(int count) {
        Map<String, MicroBatch> found = new LinkedHashMap<>();
        for (long position = 0; found.size() < count && position < 4L * count; position++) {
            SampleOrder.Draw draw = order.at(position);
            MicroBatch one = batch(draw, List.of(pictures.make(draw, 0)));
            found.putIfAbsent(one.dataset() + "\t" + one.examples().get(0).key(), one);
        }
        return List.copyOf(found.values());
    }

    private void startMore() {
        while (inFlight.size() < settings.queue()) {
            prefetch();
            SampleOrder.Draw draw = order.at(settings.share().position(start, started++));
            List<Future<ExampleMaker.Outcome>> outcomes = new ArrayList<>();
            for (int slot = 0; slot < draw.visits().size(); slot++) {
                int place = slot;
                outcomes.add(workers.submit(() -> maker.make(draw, place)));
            }
            inFlight.addLast(new Pending(draw, outcomes));
        }
    }

    /** Fetches the shards of what comes much later; far behind the workers it would be too late. */
    private void prefetch() {
        if (remote == null) {
            return;
        }
        for (; prefetched < started + PREFETCH; prefetched++) {
            SampleOrder.Draw draw = ahead.at(settings.share().position(start, prefetched));
            SampleSource source = sources.get(draw.dataset());
            draw.visits().forEach(visit -> source.prefetch(visit.sample()));
        }
    }

    /** The position of the micro-batch that {@link #next} will return. */
    public long position() {
        return settings.share().position(start, started - inFlight.size());
    }

    /** The data sets as they were found, in the order of the settings. */
    public List<Found> found() {
        List<Found> found = new ArrayList<>();
        for (int i = 0; i < sources.size(); i++) {
            int[] sizes = sources.get(i).shardSizes();
            found.add(
                    new Found(
                            settings.sources().get(i).name(),
                            sizes.length,
                            Arrays.stream(sizes).asLongStream().sum(),
                            sources.get(i).flaws().size()));
        }
        return found;
    }

    /** What happened so far; to be called by the thread that calls {@link #next}. */
    public Stats stats() {
        return new Stats(microBatches, examples, Duration.ofNanos(waitedNanos), skipped.counts());
    }

    /** Stops the workers and waits for them. */
    @Override
    public void close() {
        workers.shutdownNow();
        try {
            workers.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (remote != null) {
            remote.close();
        }
        skipped.close();
    }
}
