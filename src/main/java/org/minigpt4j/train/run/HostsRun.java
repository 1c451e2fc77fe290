package org.minigpt4j.train.run;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.CheckpointWriter;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.checkpoint.StateBytes;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.cluster.SparkHosts;
import org.minigpt4j.cluster.exchange.PeerExchange;
import org.minigpt4j.cluster.exchange.WireSettings;
import org.minigpt4j.cluster.protocol.Member;
import org.minigpt4j.cluster.protocol.MemberId;
import org.minigpt4j.cluster.protocol.RollEvent;
import org.minigpt4j.cluster.protocol.RollRules;
import org.minigpt4j.config.RunConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.train.RunOutcome;
import org.minigpt4j.train.Schedule;
import org.minigpt4j.train.StepNews;
import org.minigpt4j.train.TrainListener;
import org.minigpt4j.train.record.RunFacts;
import org.minigpt4j.train.record.RunTracking;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A run on the hosts of a Spark cluster: {@code launch/spark/... train} opens it, trains and closes
 * it. This process, the driver, loads no weights. It keeps the roll of ranks, and only it writes
 * logs, records and checkpoints, from the data that ranks send.
 */
public final class HostsRun implements AutoCloseable {

    private static final long LOOK_EVERY_MILLIS = 20;
    private static final long PATIENCE_SECONDS = 120;
    private static final int SLACK = 16 << 20;

    private final TrainConfig config;
    private final ShippedConfig shipped;
    private final Schedule schedule;
    private final RunBooks books;

    private HostsRun(Path file, List<String> overrides, TrainConfig config, Resume resume) {
        this.config = config;
        shipped = ShippedConfig.of(file, overrides, config);
        schedule = Schedule.of(config.run());
        var files = new ModelFiles(config.model(), config::where);
        boolean judged = !config.run().validSplits().isEmpty();
        books = new RunBooks(config, schedule, 1, judged, files, resume);
    }

    /**
     * Locks the output folder for this process and finds the starting point.
     *
     * @param file the configuration, which is sent to the hosts with its overrides
     * @throws UsageException if a named file, folder or setting is not usable
     */
    public static HostsRun open(
            Path file, List<String> overrides, TrainConfig config, Resume resume) {
        return new HostsRun(file, overrides, config, resume);
    }

    /** Messages for the user before training starts. */
    public List<String> notices() {
        List<String> notices = books.notices();
        if (config.run().samples().count() > 0) {
            notices.add("run.samples is not supported on several hosts: no captions are written");
        }
        if (config.run().eval().isPresent()) {
            notices.add("run.eval is not supported on several hosts and is skipped");
        }
        return notices;
    }

    /** The output folder of the run. */
    public RunFolder folder() {
        return books.folder();
    }

    /**
     * Trains to the end on the hosts; logs and checkpoints go to the output folder.
     *
     * @param warn receives warnings, and messages about ranks that join or leave
     * @param stop checked continuously; when true, the run saves and ends
     * @throws InterruptedException if the thread is interrupted
     */
    public RunOutcome train(
            List<TrainListener> watchers, Consumer<String> warn, BooleanSupplier stop)
            throws InterruptedException {
        TrainState state = books.start().state();
        Map<String, String> surroundings =
                RunFacts.surroundings(
                        config.run().devices().toString(), config.run().hosts(), state.trainable());
        return books.keep(
                () ->
                        RunTracking.open(
                                config,
                                books.folder(),
                                books.checkpoints(),
                                surroundings,
                                state.trainable(),
                                warn),
                watchers,
                warn,
                (tracking, all, writer) -> supervise(all, writer, warn, stop));
    }

    /** Starts the ranks and passes on their news until they are finished. */
    private RunOutcome supervise(
            List<TrainListener> all,
            CheckpointWriter writer,
            Consumer<String> warn,
            BooleanSupplier stop)
            throws InterruptedException {
        RunConfig run = config.run();
        int least = run.minHosts().orElse(1);
        Duration silence = Duration.ofMillis((long) (run.hostSilence() * 1000));
        Duration waiting = Duration.ofMillis((long) (run.hostWait() * 1000));
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        byte[] state = StateBytes.encode(books.start().state());
        HostsDriver driver =
                new HostsDriver(
                                RollRules.of(run.hosts(), least, silence, waiting),
                                books.start().state().step())
                        .optBalance(books.start().microBatches(), run.balance());
        try (SparkHosts spark =
                new SparkHosts("minigpt4j train", run.hosts(), driver::answer, driver::left)) {
            spark.await(least, PATIENCE_SECONDS, stop);
            var task =
                    new RankTraining(
                            shipped, books.start().microBatches(), secret, spark.share(state));
            spark.start(task, "train %s".formatted(books.folder().root()));
            var settings =
                    new WireSettings(secret, silence, state.length + SLACK, SparkHosts.tls());
            MemberId self = new MemberId(-1, 0);
            try (PeerExchange fetches =
                    new PeerExchange(self, SparkHosts.address(), settings, warn)) {
                return follow(driver, spark, fetches, all, writer, warn, stop);
            }
        }
    }

    private RunOutcome follow(
            HostsDriver driver,
            SparkHosts spark,
            PeerExchange fetches,
            List<TrainListener> all,
            CheckpointWriter writer,
            Consumer<String> warn,
            BooleanSupplier stop)
            throws InterruptedException {
        int total = schedule.total();
        int step = books.start().state().step();
        int begun = step;
        all.forEach(listener -> listener.begin(begun, total));
        var progress = new HostsProgress(books.folder().root().toString(), begun, total);
        long savedAt = System.nanoTime();
        double every = config.run().checkpoint().seconds();
        while (true) {
            for (StepNews news : driver.take()) {
                books.lock().require();
                step = news.step().step();
                all.forEach(listener -> listener.step(news.step()));
                spark.describe(progress.after(news.step()));
                all.forEach(listener -> listener.hosts(news.step().step(), driver.paces()));
                news.epoch().ifPresent(epoch -> all.forEach(l -> l.epoch(epoch)));
            }
            for (RollEvent event : driver.takeEvents()) {
                warn.accept(event.words());
            }
            if (save(driver, fetches, writer)) {
                savedAt = System.nanoTime();
            } else if (every > 0 && System.nanoTime() - savedAt >= every * 1e9) {
                driver.save();
                savedAt = System.nanoTime();
            }
            if (step >= total && driver.saved() >= total && driver.isDone(total)) {
                driver.end();
                awaitEnd(spark);
                all.forEach(TrainListener::end);
                return RunOutcome.FINISHED;
            }
            if (stop.getAsBoolean()) {
                return stopped(driver, spark, fetches, all, writer);
            }
            if (spark.isEnded()) {
                driver.take();
                throw new FailedException(
                        "all ranks ended before the run did; run the same command to"
                                + " continue from the last checkpoint");
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
        }
    }

    /** Fetches a state that a rank keeps, and saves it. */
    private boolean save(HostsDriver driver, PeerExchange fetches, CheckpointWriter writer)
            throws InterruptedException {
        Optional<Map.Entry<Integer, Member>> next = driver.toSave();
        if (next.isEmpty()) {
            return false;
        }
        int step = next.get().getKey();
        Optional<byte[]> bytes =
                fetches.fetch(
                        next.get().getValue(), step, TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        if (bytes.isPresent()) {
            TrainState state = StateBytes.decode(bytes.get());
            writer.after(step, true, () -> state);
        }
        driver.saved(step, bytes.isPresent());
        return bytes.isPresent();
    }

    /** Stops the ranks between two steps and saves the latest of their states. */
    private RunOutcome stopped(
            HostsDriver driver,
            SparkHosts spark,
            PeerExchange fetches,
            List<TrainListener> all,
            CheckpointWriter writer)
            throws InterruptedException {
        driver.end();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (driver.saved() < driver.newest() && !spark.isEnded() && System.nanoTime() < end) {
            for (StepNews news : driver.take()) {
                all.forEach(listener -> listener.step(news.step()));
                news.epoch().ifPresent(epoch -> all.forEach(l -> l.epoch(epoch)));
            }
            if (!save(driver, fetches, writer)) {
                TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
            }
        }
        awaitEnd(spark);
        return RunOutcome.STOPPED;
    }

    private static void awaitEnd(SparkHosts spark) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!spark.isEnded() && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
        }
    }

    /**
     * A message that names the checkpoint with the lowest loss on held-out data; empty if that is
     * not measured.
     */
    public Optional<String> best() {
        return TrainRun.best(config, books.checkpoints());
    }

    @Override
    public void close() {
        books.close();
    }
}
