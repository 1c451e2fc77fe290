package org.minigpt4j.prepare;

import org.apache.spark.SparkContext;
import org.minigpt4j.prepare.task.LiveTally;
import org.minigpt4j.prepare.task.Tally;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Tells a listener how far the work is, about once a second until it is closed. */
final class Watch implements AutoCloseable {

    private final Tally tally = new Tally();
    private final LiveTally live = new LiveTally();
    private final long start = System.nanoTime();
    private final SparkContext spark;
    private final LongSupplier kept;
    private final Optional<Long> wanted;
    private final PrepareListener listener;
    private final ScheduledThreadPoolExecutor timer;
    private volatile long keptBefore;
    private volatile Tally.Counts before = Tally.Counts.NONE;

    /**
     * Begins to watch.
     *
     * @param kept samples in shards that the driver knows to be finished
     */
    Watch(SparkContext spark, LongSupplier kept, Optional<Long> wanted, PrepareListener listener) {
        this.spark = spark;
        this.kept = kept;
        this.wanted = wanted;
        this.listener = listener;
        this.keptBefore = kept.getAsLong();
        spark.register(tally, "pairs");
        spark.addSparkListener(live);
        timer =
                new ScheduledThreadPoolExecutor(
                        1,
                        task -> {
                            Thread thread = new Thread(task, "prepare-progress");
                            thread.setDaemon(true);
                            return thread;
                        });
        timer.scheduleWithFixedDelay(this::tell, 1, 1, TimeUnit.SECONDS);
    }

    /** What tasks count in. */
    Tally tally() {
        return tally;
    }

    /** The driver knows now what the round made. */
    void roundOver() {
        keptBefore = kept.getAsLong();
        before = tally.value();
        tell();
    }

    private void tell() {
        Tally.Counts now = tally.value().plus(live.value());
        long ofRound =
                now.pairs().getOrDefault("success", 0L)
                        - before.pairs().getOrDefault("success", 0L);
        listener.progress(
                new PrepareProgress(
                        keptBefore + Math.max(0, ofRound),
                        wanted,
                        now.pairs(),
                        now.bytes(),
                        Duration.ofNanos(System.nanoTime() - start)));
    }

    @Override
    public void close() {
        timer.shutdownNow();
        spark.removeSparkListener(live);
    }
}
