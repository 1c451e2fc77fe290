package org.minigpt4j.prepare.fetch;

import org.minigpt4j.io.web.FetchFault;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/**
 * One user's part in a fetcher that all users in this JVM with the same settings share.
 *
 * <p><b>Why.</b> What a host asks for, it asks of us and not of one of our tasks: its robots.txt,
 * its rests, how many connections it bears. Spark runs several tasks in an executor and gives them
 * no object in common but what the class loader holds, so the shared fetchers are in a static
 * registry: the one here, for it is the narrowest thing there is that is as large as an executor.
 * Executors do not share; limits of a host hold for each.
 *
 * <p><b>How long.</b> Users are counted. A fetcher that has had none for {@link #LINGER} ends its
 * threads and connections and leaves the registry, so nothing outlives its use for long; the minute
 * carries what was learned over the gap between two rounds of tasks.
 *
 * <p><b>How much.</b> {@link FetchSettings.Connections#perHost} holds for all users together, and
 * {@link FetchSettings.Connections#total} for each of them: the sum follows their number.
 */
public final class SharedFetcher implements AutoCloseable {

    private static final Duration LINGER = Duration.ofMinutes(1);
    private static final Registry OF_THIS_JVM = new Registry(Fetcher::new, LINGER);

    private final Registry registry;
    private final Registry.Entry entry;
    private final Set<PendingFetch> underWay = ConcurrentHashMap.newKeySet();
    private final LongAdder received = new LongAdder();
    private volatile boolean closed;

    private SharedFetcher(Registry registry, Registry.Entry entry) {
        this.registry = registry;
        this.entry = entry;
    }

    /** A part in this JVM's fetcher of these settings, which is made for its first user. */
    public static SharedFetcher of(FetchSettings settings) {
        return OF_THIS_JVM.enter(settings);
    }

    /** As {@link Fetcher#fetch}. */
    public CompletableFuture<Fetched> fetch(URI address) {
        PendingFetch journey = new PendingFetch(address, false, received);
        underWay.add(journey);
        journey.result.whenComplete((fetched, broken) -> underWay.remove(journey));
        if (closed) {
            journey.breakOff();
        }
        return entry.fetcher.start(journey);
    }

    /** Bytes of bodies received so far for this user, those of failures too. */
    public long received() {
        return received.sum();
    }

    /** Breaks off what this user has under way: it becomes {@link FetchFault#CLOSED}. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        underWay.forEach(PendingFetch::breakOff);
        registry.leave(entry);
    }

    /** Fetchers by their settings, with the number of their users. */
    static final class Registry {

        private final Function<FetchSettings, Fetcher> maker;
        private final Executor afterLinger;
        private final Map<FetchSettings, Entry> entries = new HashMap<>();

        private static final class Entry {
            final Fetcher fetcher;
            int users;

            /** Counts up whenever the last user leaves, so that only the last leaving ends it. */
            long leavings;

            Entry(Fetcher fetcher) {
                this.fetcher = fetcher;
            }
        }

        Registry(Function<FetchSettings, Fetcher> maker, Duration linger) {
            this.maker = maker;
            // The JDK's timer: a thread of our own would be one more thing to end.
            this.afterLinger =
                    CompletableFuture.delayedExecutor(linger.toNanos(), TimeUnit.NANOSECONDS);
        }

        synchronized SharedFetcher enter(FetchSettings settings) {
            Entry entry = entries.computeIfAbsent(settings, key -> new Entry(maker.apply(key)));
            entry.users++;
            entry.fetcher.users(entry.users);
            return new SharedFetcher(this, entry);
        }

        private synchronized void leave(Entry entry) {
            entry.users--;
            if (entry.users > 0) {
                entry.fetcher.users(entry.users);
            } else {
                long leaving = ++entry.leavings;
                afterLinger.execute(() -> end(entry, leaving));
            }
        }

        private void end(Entry entry, long leaving) {
            synchronized (this) {
                if (entry.users > 0 || entry.leavings != leaving) {
                    return;
                }
                entries.values().remove(entry);
            }
            entry.fetcher.close();
        }
    }
}
