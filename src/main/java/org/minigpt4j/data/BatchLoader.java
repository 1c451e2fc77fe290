package org.minigpt4j.data;

import org.minigpt4j.UsageException;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.data.order.SampleOrder;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.random.RandomStreamId;
import org.minigpt4j.text.Prompts;
import org.minigpt4j.text.SequenceLayout;
import org.minigpt4j.text.Tokenizer;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/**
 * Hands out micro-batches in the order of training, made ahead of time by worker threads.
 *
 * <p>Up to {@code queue} micro-batches are in the making, begun in order and collected in order:
 * the result is the same for any number of workers, and what is skipped is counted when the
 * micro-batch it concerns is handed out, not when a worker happens to meet it.
 *
 * <p>One thread calls {@link #next}; the tokenizer stays the caller's to close.
 */
public final class BatchLoader implements BatchSource {

    private final BatchSettings settings;
    private final DataSets dataSets;
    private final SampleOrder order;

    /** Makes examples in the calling thread, always with the picture. */
    private final ExampleMaker pictures;

    private final List<TokenizedPrompt> prompts;
    private final SequenceLayout layout;
    private final ExamplePool pool;
    private final TreeSet<Long> handedOut = new TreeSet<>();
    private ShardPrefetch prefetch;
    private RankShare share;
    private final Deque<ExamplePool.Pending> inFlight = new ArrayDeque<>();
    private final SkippedLog skipped;
    private long start;
    private long started;
    private long microBatches;
    private long examples;
    private long waitedNanos;

    private record TokenizedPrompt(int[] before, int[] after) {

        static final TokenizedPrompt NONE = new TokenizedPrompt(new int[0], new int[0]);

        static TokenizedPrompt of(Prompts.Prompt prompt, Tokenizer tokenizer) {
            return new TokenizedPrompt(
                    tokenizer.encode(prompt.before()), tokenizer.encode(prompt.after()));
        }
    }

    /**
     * What was handed out so far.
     *
     * @param microBatches how many
     * @param examples the samples in them
     * @param waited how long {@link BatchLoader#next} blocked in all
     * @param skipped samples skipped since the run began, by cause, those found when shards were
     *     indexed included
     */
    public record Stats(
            long microBatches, long examples, Duration waited, Map<Fault, Long> skipped) {}

    /**
     * A data set as it was found.
     *
     * @param lost pairs that cannot be trained on
     * @param notices why, a line for each cause, and what else is worth telling
     */
    public record Found(String dataset, int shards, long samples, long lost, List<String> notices) {

        private static Found of(DataSets.DataSet one) {
            return new Found(
                    one.name(),
                    one.samples().shardSizes().length,
                    one.size(),
                    one.lost(),
                    one.losses());
        }
    }

    private BatchLoader(
            BatchSettings settings,
            DataSets dataSets,
            Tokenizer tokenizer,
            int queries,
            long position,
            Optional<FeatureStore> features) {
        this.settings = settings;
        this.layout = SequenceLayout.of(tokenizer, queries, settings.texts().endSym());
        this.dataSets = dataSets;
        this.start = position;
        this.skipped = new SkippedLog(settings.skips(), position);
        skipped.indexed(dataSets.flaws(), dataSets.size());
        this.order = order(settings.order().lengthWindow());
        this.prompts =
                settings.texts().prompts().all().stream()
                        .map(prompt -> TokenizedPrompt.of(prompt, tokenizer))
                        .toList();
        this.pictures = new ExampleMaker(settings, dataSets, tokenizer, Optional.empty());
        this.pool =
                new ExamplePool(
                        new ExampleMaker(settings, dataSets, tokenizer, features),
                        settings.work().threads());
        // The same samples in the coarse are enough for those far ahead of what is in the making.
        this.share = settings.order().share();
        this.prefetch = new ShardPrefetch(dataSets, order(1)::at, share, position);
    }

    private SampleOrder order(int lengthWindow) {
        return new SampleOrder(
                settings.order().seed(),
                settings.order().batchSize(),
                settings.order().windowShards(),
                dataSets.parts(),
                settings.order().sampling(),
                lengthWindow);
    }

    /**
     * Finds the data sets and starts to load at {@code position}, the number of micro-batches
     * already trained on. Texts are laid out without image tokens.
     *
     * @throws UsageException if a data set is missing, unreadable or empty
     */
    public static BatchLoader open(BatchSettings settings, Tokenizer tokenizer, long position) {
        return open(settings, tokenizer, 0, position, Optional.empty());
    }

    /**
     * As {@link #open(BatchSettings, Tokenizer, long)}; pictures whose features are in a store are
     * not decoded. The store stays the caller's to close.
     *
     * @param queries image tokens in the layout of texts
     */
    public static BatchLoader open(
            BatchSettings settings,
            Tokenizer tokenizer,
            int queries,
            long position,
            Optional<FeatureStore> features) {
        if (features.isPresent()) {
            settings.requireSamePictures();
        }
        DataSets dataSets = DataSets.open(settings.sources(), settings.storage());
        try {
            dataSets.requireSamples();
            BatchLoader loader =
                    new BatchLoader(settings, dataSets, tokenizer, queries, position, features);
            loader.startMore();
            return loader;
        } catch (RuntimeException | Error e) {
            dataSets.close();
            throw e;
        }
    }

    /**
     * The next micro-batch; blocks until it is made.
     *
     * @throws org.minigpt4j.FailedException if the storage fails or too much of it is broken
     */
    @Override
    public MicroBatch next() throws InterruptedException {
        return take(inFlight.getFirst());
    }

    @Override
    public void follow(RankShare next, long position) {
        handedOut.headSet(position).clear();
        long first = inFlight.getFirst().draw().position() - position;
        if (next.equals(share) && first >= 0 && first < 2L * share.microBatches()) {
            return; // as planned; where all of this step were handed out, the next one's wait
        }
        Map<Long, ExamplePool.Pending> begun = new HashMap<>();
        inFlight.forEach(pending -> begun.put(pending.draw().position(), pending));
        inFlight.clear();
        share = next;
        start = position;
        started = 0;
        prefetch = new ShardPrefetch(dataSets, order(1)::at, share, position);
        int queue = Math.max(settings.work().queue(), 2 * share.count());
        while (inFlight.size() < queue) {
            prefetch.follow(started);
            long wanted = share.position(start, started++);
            if (!handedOut.contains(wanted)) {
                ExamplePool.Pending known = begun.remove(wanted);
                inFlight.addLast(known == null ? pool.begin(order.at(wanted)) : known);
            }
        }
        begun.values().forEach(ExamplePool.Pending::cancel);
    }

    @Override
    public MicroBatch at(long position) throws InterruptedException {
        for (ExamplePool.Pending pending : inFlight) {
            if (pending.draw().position() == position) {
                handedOut.add(position);
                return take(pending);
            }
        }
        throw new IllegalArgumentException(
                "position %d is not of the share %s".formatted(position, share));
    }

    private MicroBatch take(ExamplePool.Pending pending) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        long began = System.nanoTime();
        List<ExampleMaker.Outcome> outcomes;
        try {
            outcomes = pending.await();
        } finally {
            waitedNanos += System.nanoTime() - began;
        }
        inFlight.remove(pending);
        startMore();
        count(pending.draw().position(), outcomes);
        return batch(pending.draw(), outcomes);
    }

    @Override
    public boolean await(int count, BooleanSupplier stop) throws InterruptedException {
        long began = System.nanoTime();
        try {
            int left = count;
            for (ExamplePool.Pending pending : inFlight) {
                if (left-- == 0) {
                    break;
                } else if (!pending.isMade(stop)) {
                    return false;
                }
            }
            return !stop.getAsBoolean();
        } finally {
            waitedNanos += System.nanoTime() - began;
        }
    }

    private void startMore() {
        while (inFlight.size() < settings.work().queue()) {
            prefetch.follow(started);
            long position = share.position(start, started++);
            inFlight.addLast(pool.begin(order.at(position)));
        }
    }

    private void count(long position, List<ExampleMaker.Outcome> outcomes) {
        outcomes.forEach(outcome -> skipped.loaded(outcome.skipped(), position));
        long mine = (position / share.microBatches() + 1) * share.count();
        skipped.judge(mine * settings.batchSize());
        microBatches++;
        examples += outcomes.size();
    }

    private MicroBatch batch(SampleOrder.Draw draw, List<ExampleMaker.Outcome> outcomes) {
        TokenizedPrompt prompt = prompt(draw.position());
        return new MicroBatch(
                draw.position(),
                settings.imageSize(),
                dataSets.get(draw.dataset()).name(),
                prompt.before(),
                prompt.after(),
                outcomes.stream().map(ExampleMaker.Outcome::example).toList(),
                layout);
    }

    private TokenizedPrompt prompt(long position) {
        long seed = settings.order().seed();
        return prompts.isEmpty()
                ? TokenizedPrompt.NONE
                : prompts.get(RandomStreamId.PROMPT.stream(seed, position).nextInt(prompts.size()));
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

    /** The position of the micro-batch that {@link #next} will return. */
    public long position() {
        return share.position(start, started - inFlight.size());
    }

    /** The data sets as they were found, in the order of the settings. */
    public List<Found> found() {
        return dataSets.all().stream().map(Found::of).toList();
    }

    /** What happened so far; to be called by the thread that calls {@link #next}. */
    public Stats stats() {
        return new Stats(microBatches, examples, Duration.ofNanos(waitedNanos), skipped.counts());
    }

    @Override
    public Map<Fault, Long> skipped() {
        return skipped.counts();
    }

    /** The last sample that was of no use when it was read for a micro-batch handed out. */
    public Optional<Skip> lastSkipped() {
        return skipped.last();
    }

    /** Stops the workers and waits for them. */
    @Override
    public void close() {
        pool.close();
        dataSets.close();
        skipped.close();
    }
}
