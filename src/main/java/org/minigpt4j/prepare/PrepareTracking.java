package org.minigpt4j.prepare;

import org.minigpt4j.FailedException;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.config.PrepareTrackingConfig;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.prepare.plan.ShardFolder;
import org.minigpt4j.track.Provenance;
import org.minigpt4j.track.Tracker;
import org.minigpt4j.track.TrackerSettings;
import org.minigpt4j.track.store.RunStatus;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Records a preparation as it goes, see {@link Tracker}, and hands on what it hears. A preparation
 * that is continued keeps its record; the step of a figure is the seconds of work until then.
 */
final class PrepareTracking implements PrepareListener, AutoCloseable {

    private static final String CLOCK = "pairs";

    /** Rates over fewer seconds say nothing. */
    private static final double LEAST = 0.5;

    private static final List<String> FILES =
            List.of("report.html", "report.json", "manifest.json");

    private final Optional<Tracker> tracker;
    private final double everySeconds;
    private final PrepareListener listener;
    private final AtomicReference<RunStatus> ended = new AtomicReference<>();
    private final Thread killed = new Thread(this::killed, "prepare-killed");
    private final long firstStep;
    private PrepareProgress latest;
    private PrepareProgress last;
    private long recorded;

    private PrepareTracking(
            Optional<Tracker> tracker, double everySeconds, PrepareListener listener) {
        this.tracker = tracker;
        this.everySeconds = everySeconds;
        this.listener = listener;
        this.firstStep = tracker.map(t -> t.nextStep(CLOCK)).orElse(0L);
        this.recorded = firstStep - 1;
    }

    /**
     * Begins to record; with {@code prepare.tracking.uri: none} to no end.
     *
     * @param anew whether what the folder recorded before, if anything, is another preparation
     * @param listener hears the same, and what could not be recorded
     * @throws org.minigpt4j.UsageException if the store's address is none
     */
    static PrepareTracking open(PrepareConfig config, boolean anew, PrepareListener listener) {
        PrepareTrackingConfig tracking = config.prepare().tracking();
        TrackingEnvironment environment = TrackingEnvironment.ofProcess();
        String output = config.prepare().output();
        Path folder = tracking.folder().orElseGet(() -> folder(output));
        Path beside = ShardFolder.local(output).orElse(folder);
        String uri = TrackerSettings.uri(tracking.uri(), environment, beside);
        Optional<Tracker> tracker = Optional.empty();
        if (!uri.equals(TrackerSettings.NONE)) {
            TrackerSettings settings =
                    new TrackerSettings(
                            uri,
                            tracking.experiment(),
                            tracking.runName()
                                    .orElseGet(() -> TrackerSettings.readableName(beside)),
                            TrackerSettings.seconds(tracking.timeoutSeconds()),
                            TrackerSettings.seconds(tracking.systemSeconds()),
                            environment,
                            tracking.restoreDeleted());
            try {
                tracker = Optional.of(Tracker.open(folder, settings, Optional.empty(), anew));
            } catch (FailedException e) {
                listener.notice("tracking: nothing is recorded: " + e.getMessage());
            }
        }
        PrepareTracking opened = new PrepareTracking(tracker, tracking.everySeconds(), listener);
        tracker.ifPresent(to -> opened.describe(to, config));
        return opened;
    }

    /** The output folder, or one on this machine that no other output has. */
    static Path folder(String output) {
        return ShardFolder.local(output)
                .orElseGet(
                        () -> {
                            String name = output.replaceAll("\\W+", "-").replaceAll("-$", "");
                            return Path.of("output", name);
                        });
    }

    private void describe(Tracker tracker, PrepareConfig config) {
        Map<String, String> surroundings = Provenance.params();
        Map<String, String> params = new LinkedHashMap<>(config.flat());
        params.putAll(surroundings);
        tracker.params(params);
        tracker.tags(Provenance.tags("prepare", config.prepare().output(), surroundings));
        file("config.json", config.toJson(2).getBytes(StandardCharsets.UTF_8));
        Runtime.getRuntime().addShutdownHook(killed);
    }

    @Override
    public void notice(String sentence) {
        listener.notice(sentence);
    }

    @Override
    public void phase(String what) {
        listener.phase(what);
    }

    @Override
    public void progress(PrepareProgress now) {
        listener.progress(now);
        if (tracker.isPresent()) {
            hear(now);
        }
    }

    private synchronized void hear(PrepareProgress now) {
        latest = now;
        if (last == null || seconds(last, now) >= everySeconds) {
            record(now);
        }
    }

    private synchronized void record(PrepareProgress now) {
        recorded = Math.max(recorded + 1, firstStep + now.elapsed().toSeconds());
        tracker.get().points(recorded, values(now));
        last = now;
    }

    private static double seconds(PrepareProgress from, PrepareProgress to) {
        return to.elapsed().minus(from.elapsed()).toMillis() / 1e3;
    }

    private Map<String, Double> values(PrepareProgress now) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("samples", (double) now.kept());
        values.put(CLOCK, (double) now.tried());
        now.byCause()
                .forEach(
                        (cause, pairs) -> {
                            String name = cause.replaceAll("\\W+", "_");
                            values.put("pairs/" + name, (double) pairs);
                            values.put("share/" + name, (double) pairs / now.tried());
                        });
        now.wanted().ifPresent(wanted -> values.put("done", (double) now.kept() / wanted));
        now.left().ifPresent(left -> values.put("eta_s", (double) left.toSeconds()));
        double seconds = last == null ? 0 : seconds(last, now);
        if (seconds >= LEAST) {
            values.put("images_per_s", (now.successes() - last.successes()) / seconds);
            values.put("mb_per_s", (now.keptBytes() - last.keptBytes()) / 1e6 / seconds);
        }
        return values;
    }

    /** A list's shards are finished: its report and its manifest become artifacts. */
    void finished(SourceFolder source) throws IOException {
        for (String name : FILES) {
            source.read(name).ifPresent(content -> file(source.name() + "/" + name, content));
        }
    }

    private void file(String path, byte[] content) {
        try {
            tracker.ifPresent(to -> to.artifact(path, content));
        } catch (FailedException e) {
            listener.notice("tracking: the record lacks " + path + ": " + e.getMessage());
        }
    }

    /** Lets the work be done and records how it ends. */
    PrepareSummary watch(Supplier<PrepareSummary> work) {
        try {
            PrepareSummary summary = work.get();
            end(RunStatus.FINISHED);
            return summary;
        } catch (RuntimeException | Error e) {
            if (ended.get() == null) {
                String message = e.getMessage() == null ? e.toString() : e.getMessage();
                tracker.ifPresent(t -> t.tags(Map.of("minigpt4j.error", message)));
            }
            end(RunStatus.FAILED);
            throw e;
        }
    }

    private void end(RunStatus status) {
        if (tracker.isPresent() && ended.compareAndSet(null, status)) {
            synchronized (this) {
                if (latest != last) {
                    record(latest);
                }
            }
            tracker.get().end(status);
        }
    }

    /** The process was told to end; Spark's own hook stops the work meanwhile. */
    private void killed() {
        end(RunStatus.KILLED);
        tracker.ifPresent(Tracker::close);
    }

    @Override
    public void close() {
        tracker.ifPresent(
                t -> {
                    t.close();
                    try {
                        Runtime.getRuntime().removeShutdownHook(killed);
                    } catch (IllegalStateException e) {
                        return; // it runs already
                    }
                    t.complaint().ifPresent(listener::notice);
                });
    }
}
