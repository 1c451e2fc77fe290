package org.minigpt4j.track;

import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.track.store.RunInput;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.track.store.StoreAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Records one run without slowing it down.
 *
 * <p>Each call puts an entry into a bounded queue ({@link EntryQueue}). Every second one background
 * thread moves the queue to the {@link Spool} on disk, and another sends the spool to the store
 * ({@link StoreThread}). They are separate threads, so a request that takes its whole deadline
 * never delays a write to disk. No entry is dropped and no caller waits for a store: the queue
 * bounds memory, and the disk bounds an outage. Entries that the disk refuses are counted, and
 * {@link #complaint} reports them.
 *
 * <p>Entries that are still in the spool when the process ends, or is killed, are sent by the next
 * tracker of the same or a neighbouring output folder, or by {@link SpoolReplay}.
 */
public final class Tracker implements AutoCloseable {

    /** How long an entry waits in memory at most before it is written and sent. */
    public static final Duration INTERVAL = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(Tracker.class);

    private final TrackedFolder folder;
    private final TrackerSettings settings;
    private final Path output;
    private final RunFiles files;
    private final EntryQueue queue;
    private final StoreThread sending;
    private final Thread writing;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile Optional<RunStatus> status;

    private Tracker(
            TrackedFolder folder,
            Path output,
            TrackerSettings settings,
            Optional<RunStatus> status) {
        this.folder = folder;
        this.output = output;
        this.settings = settings;
        this.status = status;
        files = new RunFiles(folder.folder());
        queue = new EntryQueue(folder);
        sending = new StoreThread(folder, output, settings, queue);
        writing = new Thread(this::write, "tracking-disk");
        writing.setDaemon(true);
    }

    private Tracker start() {
        writing.start();
        sending.start();
        return this;
    }

    /**
     * Begins to record the run of an output folder, or resumes the record of it.
     *
     * @param from the output folder of the run that this one's projection comes from
     * @param anew whether to begin a new run even if one was recorded there
     * @throws org.minigpt4j.MiniGpt4Exception if the store's address is invalid, or the output
     *     folder cannot be written
     */
    public static Tracker open(
            Path output, TrackerSettings settings, Optional<Path> from, boolean anew) {
        StoreAddress.check(settings.uri());
        Optional<RunStatus> killed = Optional.of(RunStatus.KILLED); // unless end() says otherwise
        try {
            Optional<TrackedFolder> resumed =
                    anew ? Optional.empty() : TrackedRuns.resume(output, settings);
            if (resumed.isEmpty()) {
                return new Tracker(
                                TrackedRuns.begin(output, settings, from), output, settings, killed)
                        .start();
            }
            Tracker tracker = new Tracker(resumed.get(), output, settings, killed);
            tracker.queue.add(new Entry.Status(RunStatus.RUNNING, tracker.queue.now()));
            return tracker.start();
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(output, e);
        }
    }

    /**
     * Adds to the run that was recorded last in an output folder, and leaves its status as it is.
     *
     * @return empty if this user recorded none, or a process is recording it now
     */
    public static Optional<Tracker> reopen(
            Path output, TrackingEnvironment environment, Duration timeout) {
        try {
            Optional<RunFile> run = TrackedRuns.latest(output, environment);
            if (run.isEmpty()) {
                return Optional.empty();
            }
            TrackerSettings settings =
                    new TrackerSettings(
                            run.get().uri(),
                            run.get().experiment(),
                            run.get().name(),
                            timeout,
                            Duration.ZERO,
                            environment);
            Path recorded = run.get().folder(output);
            if (TrackedRuns.isDeleted(recorded, settings)) {
                return Optional.empty();
            }
            return TrackedFolder.await(recorded, timeout)
                    .map(taken -> new Tracker(taken, output, settings, Optional.empty()).start());
        } catch (DamagedSpoolException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(output, e);
        }
    }

    /**
     * Values of metrics at a step. Of each metric, steps up to the highest recorded one are
     * ignored. MLflow's UI lists a run's metrics in the order in which they were recorded first.
     */
    public void points(long step, Map<String, Double> values) {
        queue.add(new Entry.Points(queue.now(), step, new LinkedHashMap<>(values)));
    }

    /** Parameters. One that was recorded before, also by an earlier process, does not change. */
    public void params(Map<String, String> params) {
        Names.pairs(params).forEach(chunk -> queue.add(new Entry.Params(chunk)));
    }

    /** Tags, which replace earlier ones of the same name. */
    public void tags(Map<String, String> tags) {
        Names.pairs(tags).forEach(chunk -> queue.add(new Entry.Tags(chunk)));
    }

    /** Data sets that the run reads. */
    public void inputs(List<RunInput> inputs) {
        queue.add(new Entry.Inputs(List.copyOf(inputs)));
    }

    /**
     * A file for the artifacts, which must not change until it has been sent. A file outside the
     * output folder is copied.
     */
    public void artifact(String path, Path file) {
        if (files.own(file.toString()).isEmpty()) {
            artifactCopy(path, file);
            return;
        }
        queue.add(new Entry.Artifact(path, file.toAbsolutePath().normalize().toString()));
    }

    /** Content for the artifacts, kept in {@link #scratch} until it has been sent. */
    public void artifact(String path, byte[] content) {
        Path file = place(path);
        try (AtomicFile out = AtomicFile.create(file)) {
            out.write(ByteBuffer.wrap(content), 0);
            out.commit();
        }
        artifact(path, file);
    }

    /** A file for the artifacts as it is now; you may change it afterwards. */
    public void artifactCopy(String path, Path file) {
        Path copy = place(path);
        AtomicFile.copy(file, copy);
        queue.add(new Entry.Artifact(path, copy.toAbsolutePath().normalize().toString()));
    }

    /** A new place for a copy on each call, since each copy is deleted after its own delivery. */
    private Path place(String path) {
        String own = UUID.randomUUID().toString();
        return scratch().resolve(SpoolSender.COPIES).resolve(own).resolve(path);
    }

    /** The first step at which neither this run nor one it continues has a value of the metric. */
    public long nextStep(String metric) {
        return folder.spool().nextStep(metric);
    }

    /** Makes an artifact a version of a registered model, with tags. */
    public void register(String model, String artifact, Map<String, String> tags) {
        queue.add(new Entry.Model(model, artifact, Map.copyOf(tags)));
    }

    /** Writes all entries to disk now, where they outlive this process. */
    public void flush() {
        queue.flush();
    }

    /** Sets the status that the run ends with. Without this call, it is recorded as killed. */
    public void end(RunStatus how) {
        status = Optional.of(how);
    }

    /** The folder for files that are written to become artifacts. */
    public Path scratch() {
        return folder.folder();
    }

    /** Writes the queue to disk every second, and samples the machine as often as configured. */
    private void write() {
        try {
            Optional<SystemMetrics> machine =
                    settings.systemInterval().isZero()
                            ? Optional.empty()
                            : Optional.of(new SystemMetrics(output));
            long nextSample = System.nanoTime();
            while (!closing.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                flush();
                long now = System.nanoTime();
                if (machine.isPresent() && now - nextSample >= 0) {
                    nextSample = now + settings.systemInterval().toNanos();
                    points(nextStep(SystemMetrics.CLOCK), machine.get().sample());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // The queue is still written when it is full, and at the end.
            LOG.warn("tracking writes to disk less often", e);
        }
    }

    /**
     * Writes all entries to disk, and sends them for as long as one request may take. Entries that
     * are not sent by then stay on disk.
     */
    @Override
    public void close() {
        if (closing.getCount() == 0) {
            return;
        }
        queue.write(status.stream().<Entry>map(how -> new Entry.Status(how, queue.now())).toList());
        closing.countDown();
        try {
            boolean ended = sending.end();
            writing.join(INTERVAL.toMillis());
            if (ended) {
                folder.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            queue.lose();
        }
    }

    /** After {@link #close}: what the user should know about entries that were not delivered. */
    public Optional<String> complaint() {
        if (queue.lost() > 0) {
            return Optional.of(
                    "tracking: could not write to disk: %d entries; they are lost"
                            .formatted(queue.lost()));
        }
        if (sending.hasDeliveredAll()) {
            return Optional.empty();
        }
        return Optional.of(
                ("tracking: %s did not accept everything; the rest is in %s and is sent by the next"
                                + " run next to it, or by: launch/track sync %s")
                        .formatted(settings.uri(), folder.folder(), output));
    }

    /** The store's identifier of the run, if it is known. */
    public Optional<String> runId() {
        return sending.runId();
    }
}
