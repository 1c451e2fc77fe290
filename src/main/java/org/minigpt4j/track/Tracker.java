package org.minigpt4j.track;

import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ReadFailure;
import org.minigpt4j.track.store.RefusedException;
import org.minigpt4j.track.store.RunInput;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.track.store.StoreAddress;
import org.minigpt4j.track.store.TrackingStore;
import org.minigpt4j.track.store.UnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Records one run, without ever being in its way.
 *
 * <p>What it is told goes to a bounded queue, which costs the caller no more than the making of the
 * entry. Every second one background thread moves the queue to the {@link Spool}, on disk, and
 * another brings the spool to the store ({@link SpoolSender}); a store that fails is tried again
 * later and later. The two are apart so that a request which takes its whole deadline, or what is
 * wrong with a neighbour's leftovers, keeps nothing from the disk. Whoever finds the queue full
 * moves it himself: an append to a local file, which waits for no network; and so does {@link
 * #close}, before it waits for anything. So nothing is dropped and nothing waits for a store;
 * memory is bounded by the queue, and an outage by the disk. Entries that even the disk does not
 * take are counted, and {@link #complaint} says so.
 *
 * <p>What is left in the spool when the process ends, or is killed, is sent by the next tracker in
 * the same output folder or one beside it, or by {@link SpoolReplay}.
 */
public final class Tracker implements AutoCloseable {

    /** How long what was told waits in memory at most before it is written and sent. */
    public static final Duration INTERVAL = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(Tracker.class);
    private static final Duration LOOK = Duration.ofSeconds(5);
    private static final int QUEUE = 4096;

    /** How long a request of somebody else's may take, who delivers what this run left. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TrackedFolder folder;
    private final TrackerSettings settings;
    private final SpoolSender delivery;
    private final SpoolReplay leftovers;
    private final Path output;
    private final RunFiles files;
    private final BlockingQueue<Entry> queue = new ArrayBlockingQueue<>(QUEUE);
    private final AtomicLong lost = new AtomicLong();

    /** The latest time that was told. */
    private final AtomicLong told = new AtomicLong();

    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread writing;
    private final Thread sending;
    private final Backoff backoff = new Backoff();
    private volatile long closeBy;
    private volatile RunStatus status = RunStatus.KILLED;
    private volatile boolean delivered;
    private boolean warned;

    private Tracker(TrackedFolder folder, Path output, TrackerSettings settings) {
        this.folder = folder;
        told.set(folder.run().started());
        this.output = output;
        this.settings = settings;
        leftovers =
                new SpoolReplay(
                        settings.environment(),
                        settings.timeout(),
                        Optional.of(settings.uri()),
                        settings.restoreDeleted());
        files = new RunFiles(folder.folder());
        delivery =
                new SpoolSender(
                        folder.folder(),
                        folder.run(),
                        folder.spool(),
                        this::open,
                        settings.restoreDeleted());
        writing = thread("tracking-disk", this::write);
        sending = thread("tracking-store", this::send);
    }

    private static Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    private TrackingStore open(String uri) throws UnavailableException {
        return StoreAddress.open(uri, settings.environment(), settings.timeout());
    }

    /**
     * Begins to record the run of an output folder, or continues with it.
     *
     * @param from the output folder of the run that this one's projection comes from
     * @param anew whether it is another run than the one recorded there so far
     * @throws org.minigpt4j.MiniGpt4Exception if the store's address is none, or the output folder
     *     cannot be written
     */
    public static Tracker open(
            Path output, TrackerSettings settings, Optional<Path> from, boolean anew) {
        StoreAddress.check(settings.uri());
        try {
            Optional<TrackedFolder> going = anew ? Optional.empty() : goingOn(output, settings);
            boolean resumed = going.isPresent();
            Tracker tracker =
                    new Tracker(
                            resumed ? going.get() : begin(output, settings, from),
                            output,
                            settings);
            if (resumed) {
                tracker.add(new Entry.Status(RunStatus.RUNNING, tracker.now()));
            }
            tracker.writing.start();
            tracker.sending.start();
            return tracker;
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(output, e);
        }
    }

    /**
     * Continues with the run that was recorded last in an output folder, to add something to it;
     * how the run ended stays as it is.
     *
     * @return empty if there is none of this user's, or a process is recording it now
     */
    public static Optional<Tracker> reopen(
            Path output, TrackingEnvironment environment, Duration timeout) {
        try {
            Optional<RunFile> run =
                    RunFile.newest(
                            output,
                            one ->
                                    one.seal() != null
                                            && RunSeal.isOurs(
                                                    one.folder(output), one, environment));
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
            if (isDeleted(run.get().folder(output), settings)) {
                return Optional.empty();
            }
            Optional<TrackedFolder> taken = TrackedFolder.await(run.get().folder(output), timeout);
            if (taken.isEmpty()) {
                return Optional.empty();
            }
            Tracker tracker = new Tracker(taken.get(), output, settings);
            tracker.status = null;
            tracker.writing.start();
            tracker.sending.start();
            return Optional.of(tracker);
        } catch (DamagedSpoolException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(output, e);
        }
    }

    /** The run that was recorded last, once whoever delivers it has put it down. */
    private static Optional<TrackedFolder> goingOn(Path output, TrackerSettings settings)
            throws IOException {
        for (Path folder : RunFile.folders(output)) {
            try {
                RunFile.read(folder);
            } catch (DamagedSpoolException e) {
                setAside(folder, e);
            }
        }
        // What the version before left has no seal; it goes where the user says that it may.
        Optional<Path> folder =
                RunFile.newest(
                                output,
                                run ->
                                        run.uri().equals(settings.uri())
                                                && (run.seal() == null
                                                        || RunSeal.isOurs(
                                                                run.folder(output),
                                                                run,
                                                                settings.environment())))
                        .map(run -> run.folder(output));
        if (folder.isEmpty()) {
            return Optional.empty();
        }
        if (!settings.restoreDeleted() && isDeleted(folder.get(), settings)) {
            return Optional.empty();
        }
        try {
            Optional<TrackedFolder> taken =
                    TrackedFolder.await(folder.get(), settings.timeout().plus(PATIENCE));
            if (taken.isEmpty()) {
                LOG.warn("another process keeps {}; this is recorded as a new run", folder.get());
            } else if (taken.get().run().seal() == null) {
                RunSeal.seal(taken.get().run(), settings.environment()).write(folder.get());
            }
            return taken;
        } catch (DamagedSpoolException e) {
            setAside(folder.get(), e);
            return Optional.empty();
        }
    }

    /**
     * Whether somebody deleted the run in its store. Its record then is a new one, and what is left
     * of the old is put aside. A store that does not answer soon is not waited for.
     */
    private static boolean isDeleted(Path folder, TrackerSettings settings) throws IOException {
        RunFile run = RunFile.read(folder);
        Duration limit = settings.timeout().compareTo(LOOK) < 0 ? settings.timeout() : LOOK;
        if (run.runId() == null) {
            return false;
        }
        try (TrackingStore store = StoreAddress.open(run.uri(), settings.environment(), limit)) {
            if (!store.isRunDeleted(run.runId())) {
                return false;
            }
        } catch (UnavailableException | RefusedException e) {
            LOG.debug("could not find out whether {} was deleted: {}", run.runId(), e.toString());
            return false;
        }
        Path aside = folder.resolveSibling("deleted").resolve(folder.getFileName());
        Files.createDirectories(aside.getParent());
        Files.move(folder, aside);
        LOG.warn(
                "run {} or its experiment {} was deleted in the tracking store; this is recorded as"
                        + " a new run (tracking.restore_deleted: True restores the old one)",
                run.runId(),
                run.experiment());
        return true;
    }

    /** Where nobody looks for something to send; a person may. */
    private static void setAside(Path folder, DamagedSpoolException why) throws IOException {
        Path aside = folder.resolveSibling("damaged").resolve(folder.getFileName());
        Files.createDirectories(aside.getParent());
        Files.move(folder, aside);
        LOG.warn(
                "{}; it was moved to {}, and this is recorded as a new run",
                why.getMessage(),
                aside);
    }

    /**
     * Now, but after all of this user's runs in the output folder: the one that was started last is
     * gone on with, also when somebody set the clock back meanwhile.
     */
    private static long startAfterAll(Path output, TrackerSettings settings) throws IOException {
        long start = System.currentTimeMillis();
        for (Path folder : RunFile.folders(output)) {
            try {
                RunFile run = RunFile.read(folder);
                if (RunSeal.isOurs(folder, run, settings.environment())) {
                    start = Math.max(start, run.started() + 1);
                }
            } catch (DamagedSpoolException e) {
                LOG.debug("{}", e.getMessage()); // it is nobody's to go on with
            }
        }
        return start;
    }

    /** Milliseconds since 1970, never before a time that was told already. */
    private long now() {
        return told.updateAndGet(before -> Math.max(before, System.currentTimeMillis()));
    }

    private static TrackedFolder begin(Path output, TrackerSettings settings, Optional<Path> from)
            throws IOException {
        RunFile run =
                new RunFile(
                        settings.uri(),
                        settings.experiment(),
                        settings.runName(),
                        UUID.randomUUID().toString(),
                        startAfterAll(output, settings),
                        settings.environment().user(),
                        from.map(path -> path.toAbsolutePath().normalize().toString()).orElse(null),
                        null,
                        null);
        return TrackedFolder.make(run.folder(output), RunSeal.seal(run, settings.environment()));
    }

    /**
     * Values of metrics at a step; of each metric only steps higher than all before count. MLflow's
     * UI shows a run's metrics in the order in which they are told first.
     */
    public void points(long step, Map<String, Double> values) {
        add(new Entry.Points(now(), step, new LinkedHashMap<>(values)));
    }

    /**
     * Parameters; one that was given before, in this process or an earlier one, does not change.
     */
    public void params(Map<String, String> params) {
        Names.pairs(params).forEach(chunk -> add(new Entry.Params(chunk)));
    }

    /** Tags, which replace earlier ones of the same name. */
    public void tags(Map<String, String> tags) {
        Names.pairs(tags).forEach(chunk -> add(new Entry.Tags(chunk)));
    }

    /** Data sets that the run reads. */
    public void inputs(List<RunInput> inputs) {
        add(new Entry.Inputs(List.copyOf(inputs)));
    }

    /**
     * A file for the artifacts, which has to stay as it is until it was sent; one that lies outside
     * the output folder is copied.
     */
    public void artifact(String path, Path file) {
        if (files.own(file.toString()).isEmpty()) {
            artifactCopy(path, file);
            return;
        }
        add(new Entry.Artifact(path, file.toAbsolutePath().normalize().toString()));
    }

    /** Content for the artifacts, which is kept in {@link #scratch} until it was sent. */
    public void artifact(String path, byte[] content) {
        Path file = place(path);
        try (AtomicFile out = AtomicFile.create(file)) {
            out.write(ByteBuffer.wrap(content), 0);
            out.commit();
        }
        artifact(path, file);
    }

    /** A file for the artifacts as it is now, which may change afterwards. */
    public void artifactCopy(String path, Path file) {
        Path copy = place(path);
        AtomicFile.copy(file, copy);
        add(new Entry.Artifact(path, copy.toAbsolutePath().normalize().toString()));
    }

    /** A place for a copy, another one each time: each goes away with its own delivery. */
    private Path place(String path) {
        String own = UUID.randomUUID().toString();
        return scratch().resolve(SpoolSender.COPIES).resolve(own).resolve(path);
    }

    /** The first step at which this run, or what it continues from, has no value of a metric. */
    public long nextStep(String metric) {
        return folder.spool().nextStep(metric);
    }

    /** Makes an artifact a version of a registered model, with tags. */
    public void register(String model, String artifact, Map<String, String> tags) {
        add(new Entry.Model(model, artifact, Map.copyOf(tags)));
    }

    /** Writes what was told to disk now, where it outlives this process. */
    public void flush() {
        spill(List.of());
    }

    /** How the run ended; a tracker closed without this recorded a run that was killed. */
    public void end(RunStatus how) {
        status = how;
    }

    /** The folder for files that are made to become artifacts. */
    public Path scratch() {
        return folder.folder();
    }

    private void add(Entry entry) {
        if (!queue.offer(entry)) {
            spill(List.of(entry));
        }
    }

    /** Moves the queue, and what has no place in it, to disk in the order of their coming. */
    private void spill(List<Entry> more) {
        Spool spool = folder.spool();
        synchronized (spool) {
            List<Entry> entries = new ArrayList<>(queue.size() + more.size());
            queue.drainTo(entries);
            entries.addAll(more);
            try {
                spool.append(entries);
            } catch (IOException e) {
                if (lost.getAndAdd(entries.size()) == 0) {
                    LOG.warn(
                            "tracking records cannot be written to {}: {}",
                            folder.folder(),
                            ReadFailure.reason(e));
                }
            }
        }
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    /** Every second to disk. */
    private void write() {
        try {
            Optional<SystemMetrics> machine =
                    settings.systemInterval().isZero()
                            ? Optional.empty()
                            : Optional.of(new SystemMetrics(output));
            long nextSample = System.nanoTime();
            while (!closing.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                spill(List.of());
                long now = System.nanoTime();
                if (machine.isPresent() && now - nextSample >= 0) {
                    nextSample = now + settings.systemInterval().toNanos();
                    long step = folder.spool().nextStep(SystemMetrics.CLOCK);
                    points(step, machine.get().sample());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // The queue still goes to disk when it is full and at the end.
            LOG.warn("tracking writes to disk less often", e);
        }
    }

    /** Every second to the store. */
    private void send() {
        try {
            boolean cleared = leftovers.deliverBeside(output, folder.folder(), () -> !isClosing());
            while (!closing.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                tryDelivery();
            }
            finish();
            if (delivered && !cleared) {
                leftovers.deliverBeside(output, folder.folder(), this::isInTime);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            // Whatever is wrong here is no reason for a run to end; the spool keeps all of it.
            delivered = false;
            LOG.warn("tracking continues on disk only", e);
        } finally {
            delivery.close();
        }
    }

    private boolean isInTime() {
        return !isClosing() || System.nanoTime() - closeBy < 0;
    }

    private void tryDelivery() throws IOException {
        if (!backoff.isDue(System.nanoTime())) {
            return;
        }
        try {
            delivered =
                    delivery.deliver(
                            () -> {
                                spill(List.of());
                                return isInTime();
                            });
            backoff.succeeded();
            warned = false;
        } catch (UnavailableException e) {
            delivered = false;
            if (!warned) {
                warned = true;
                LOG.warn(
                        "the tracking store does not accept entries ({}); they are"
                                + " kept in {} and sent later",
                        e.getMessage(),
                        folder.folder());
            }
            backoff.failed(System.nanoTime(), e.retryAfter());
        }
    }

    /** Deliveries until all has arrived or time is up. */
    private void finish() throws IOException, InterruptedException {
        boolean wasFailing = backoff.isFailing();
        delivered = false;
        backoff.succeeded();
        tryDelivery();
        while (!delivered && !wasFailing && isInTime()) {
            Thread.sleep(100);
            tryDelivery();
        }
    }

    /**
     * Writes what was told to disk, and sends what is left for as long as one request may take;
     * nothing is forgotten when that is not enough.
     */
    @Override
    public void close() {
        if (isClosing()) {
            return;
        }
        spill(status == null ? List.of() : List.of(new Entry.Status(status, now())));
        closeBy = System.nanoTime() + settings.timeout().toNanos();
        closing.countDown();
        try {
            // A request begun at the last moment may take its deadline too.
            sending.join(2 * settings.timeout().toMillis() + INTERVAL.toMillis());
            writing.join(INTERVAL.toMillis());
            if (!sending.isAlive()) {
                folder.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            lost.incrementAndGet();
        }
    }

    /** After {@link #close}: what a person should know about undelivered entries. */
    public Optional<String> complaint() {
        if (lost.get() > 0) {
            return Optional.of(
                    "tracking: could not write to disk: " + lost.get() + " entries; they are lost");
        }
        if (!sending.isAlive() && delivered) {
            return Optional.empty();
        }
        return Optional.of(
                "tracking: "
                        + settings.uri()
                        + " did not accept everything; the rest is in "
                        + folder.folder()
                        + " and is sent by the next run next to it, or by: launch/track sync "
                        + output);
    }

    /** The store's identifier of the run, if it is known. */
    public Optional<String> runId() {
        return delivery.runId();
    }
}
