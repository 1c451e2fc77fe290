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
 * Returns micro-batches in training order. Worker threads prepare them ahead of time.
 *
 * <p>Up to {@code queue} micro-batches are in progress; they are started and collected in order, so
 * the result does not depend on the number of workers. Skipped samples are counted when their
 * micro-batch is returned, not when a worker finds them.
 *
 * <p>Only one thread may call {@link #next}. The caller closes the tokenizer.
 */
public final class BatchLoader implements BatchSource {

    private final BatchSettings settings;
    private final DataSets dataSets;
    private final SampleOrder order;

    /** Prepares examples in the calling thread, always with pixels instead of cached features. */
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
     * What the loader has returned so far.
     *
     * @param microBatches number of micro-batches
     * @param examples number of samples in them
     * @param waited total time that {@link BatchLoader#next} blocked
     * @param skipped samples skipped since the run began, by cause, including those found while
     *     shards were indexed
     */
    public record Stats(
            long microBatches, long examples, Duration waited, Map<Fault, Long> skipped) {}

    /**
     * What was found when a data set was opened.
     *
     * @param lost number of pairs that cannot be trained on
     * @param notices one line for each cause of loss, followed by other remarks
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
        // Prefetching ignores the sort by length: shards are fetched so early that a sample's exact
        // place does not matter.
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
     * Opens the data sets and starts loading at {@code position}, the number of micro-batches
     * already trained on. Texts are laid out without image tokens.
     *
     * @throws UsageException if a data set is missing, unreadable or empty
     */
    public static BatchLoader open(BatchSettings settings, Tokenizer tokenizer, long position) {
        return open(settings, tokenizer, 0, position, Optional.empty());
    }

    /**
     * Like {@link #open(BatchSettings, Tokenizer, long)}, but pictures whose features are in the
     * store are not decoded. The caller closes the store.
     *
     * @param queries number of image tokens in the layout of texts
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
     * Returns the next micro-batch; blocks until it is ready.
     *
     * @throws org.minigpt4j.FailedException if the storage fails or too many samples are unusable
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
            return; // nothing to reorder; the queue may start with this step or with the next one
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
                "position %d is not in the share %s".formatted(position, share));
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
     * Returns the first samples of the first micro-batches of training, each alone with its picture
     * and the prompt it has there. The result does not depend on training progress. The calling
     * thread prepares the samples; {@link #next} and the counters are unaffected.
     *
     * @return {@code count} different samples, or fewer if the data has fewer
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

    /** Position of the micro-batch that {@link #next} will return. */
    public long position() {
        return share.position(start, started - inFlight.size());
    }

    /** What was found in each data set, in the order of the settings. */
    public List<Found> found() {
        return dataSets.all().stream().map(Found::of).toList();
    }

    /** Counts so far. Call it from the thread that calls {@link #next}. */
    public Stats stats() {
        return new Stats(microBatches, examples, Duration.ofNanos(waitedNanos), skipped.counts());
    }

    @Override
    public Map<Fault, Long> skipped() {
        return skipped.counts();
    }

    /**
     * The last sample that was skipped for a micro-batch already returned; empty if there was none.
     */
    public Optional<Skip> lastSkipped() {
        return skipped.last();
    }

    /** Stops the workers and waits for them to end. */
    @Override
    public void close() {
        pool.close();
        dataSets.close();
        skipped.close();
    }
}
