package org.minigpt4j.track;

import org.minigpt4j.track.store.StoreAddress;
import org.minigpt4j.track.store.TrackingStore;
import org.minigpt4j.track.store.UnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The thread that sends a run's spool to the store every second ({@link SpoolSender}), and first
 * what earlier runs left next to it. While the store fails, it tries less and less often.
 */
final class StoreThread extends Thread {

    private static final Logger LOG = LoggerFactory.getLogger(StoreThread.class);

    private final TrackedFolder folder;
    private final Path output;
    private final TrackerSettings settings;
    private final EntryQueue queue;
    private final SpoolSender sender;
    private final SpoolReplay leftovers;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Backoff backoff = new Backoff();
    private volatile long closeBy;
    private volatile boolean delivered;
    private boolean warned;

    StoreThread(TrackedFolder folder, Path output, TrackerSettings settings, EntryQueue queue) {
        super("tracking-store");
        setDaemon(true);
        this.folder = folder;
        this.output = output;
        this.settings = settings;
        this.queue = queue;
        leftovers =
                new SpoolReplay(
                        settings.environment(),
                        settings.timeout(),
                        Optional.of(settings.uri()),
                        settings.restoreDeleted());
        sender =
                new SpoolSender(
                        folder.folder(),
                        folder.run(),
                        folder.spool(),
                        this::open,
                        settings.restoreDeleted());
    }

    private TrackingStore open(String uri) throws UnavailableException {
        return StoreAddress.open(uri, settings.environment(), settings.timeout());
    }

    @Override
    public void run() {
        try {
            boolean cleared = leftovers.deliverBeside(output, folder.folder(), () -> !isClosing());
            while (!closing.await(Tracker.INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                tryDelivery();
            }
            finish();
            if (delivered && !cleared) {
                leftovers.deliverBeside(output, folder.folder(), this::isInTime);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            // No fault in tracking may end a run; the spool keeps every entry.
            delivered = false;
            LOG.warn("tracking continues on disk only", e);
        } finally {
            sender.close();
        }
    }

    /**
     * Asks for the last delivery, and waits for it.
     *
     * @return whether the thread has ended
     */
    boolean end() throws InterruptedException {
        closeBy = System.nanoTime() + settings.timeout().toNanos();
        closing.countDown();
        // A request that began at the last moment may take its deadline too.
        join(2 * settings.timeout().toMillis() + Tracker.INTERVAL.toMillis());
        return !isAlive();
    }

    boolean isClosing() {
        return closing.getCount() == 0;
    }

    /** Whether the thread has ended and the store has every entry. */
    boolean hasDeliveredAll() {
        return !isAlive() && delivered;
    }

    /** The store's identifier of the run, if it is known. */
    Optional<String> runId() {
        return sender.runId();
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
                    sender.deliver(
                            () -> {
                                queue.flush();
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

    /** Sends until the store has every entry, or time is up. */
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
}
