package org.minigpt4j.prepare.fetch;

import org.minigpt4j.io.web.FetchException;
import org.minigpt4j.io.web.FetchFault;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Who may go out now. A request waits in its host's queue until the host has a free lane, is not
 * resting, and a connection is left at all; hosts with requests take turns. Waiting costs no
 * connection, so a thousand links to one slow host do not hold up the others.
 *
 * <p>A host rests when it asked for it (Retry-After). One that fails many times in a row, or asks
 * for a longer rest than we grant, is given up: its requests, waiting and coming, fail at once with
 * the cause of the last failure. Not for ever, since the lanes may live for days: for as long as
 * the host asked, or for {@link #GIVEN_UP_FOR}.
 */
final class HostQueues {

    private static final int REMEMBERED = 100_000;

    /** How long a host that failed too often is left alone; then it gets one more chance. */
    static final Duration GIVEN_UP_FOR = Duration.ofMinutes(10);

    /** No host is left alone for longer, whatever it asks for. */
    private static final Duration LONGEST = Duration.ofDays(1);

    private static final class Host {
        final Deque<CompletableFuture<Void>> waiting = new ArrayDeque<>();
        int active;
        boolean inTurn;
        boolean wakes;
        long restsUntil = Long.MIN_VALUE;
        int failures;
        FetchException givenUp;
        long givenUpUntil;

        boolean idle() {
            return active == 0 && waiting.isEmpty();
        }

        /** If its time is over it gets one more chance: one more failure ends that. */
        FetchException givenUp(long now, int patience) {
            if (givenUp != null && now - givenUpUntil >= 0) {
                givenUp = null;
                failures = Math.max(0, patience - 1);
            }
            return givenUp;
        }
    }

    private final FetchSettings.Connections limits;
    private final Executor executor;
    private final int remembered;
    private final LongSupplier clock;
    private final ScheduledExecutorService timer;

    /** By last use. */
    private final Map<String, Host> hosts = new LinkedHashMap<>(16, 0.75f, true);

    private final Deque<String> turns = new ArrayDeque<>();
    private int total;
    private int active;
    private boolean closed;

    /** Lets requests in on {@code executor}, never on the thread that made room for them. */
    HostQueues(
            FetchSettings.Connections limits, Executor executor, ScheduledExecutorService timer) {
        this(limits, executor, timer, REMEMBERED, System::nanoTime);
    }

    HostQueues(
            FetchSettings.Connections limits,
            Executor executor,
            ScheduledExecutorService timer,
            int remembered,
            LongSupplier clock) {
        this.remembered = remembered;
        this.clock = clock;
        this.limits = limits;
        this.total = limits.total();
        this.executor = executor;
        this.timer = timer;
    }

    /** So many requests may be out at a time from now on. */
    synchronized void total(int requests) {
        total = requests;
        letIn();
    }

    /** Completes when the request may start; whoever was let in calls {@link #leave}. */
    CompletableFuture<Void> enter(String name) {
        CompletableFuture<Void> entry = new CompletableFuture<>();
        synchronized (this) {
            Host host = hosts.computeIfAbsent(name, n -> new Host());
            if (closed) {
                refuse(entry, new FetchException(FetchFault.CLOSED, "the fetcher is closed"));
            } else if (host.givenUp(clock.getAsLong(), limits.hostPatience()) != null) {
                refuse(entry, host.givenUp);
            } else {
                host.waiting.add(entry);
                takeTurn(name, host);
                letIn();
            }
            forgetSome();
        }
        return entry;
    }

    synchronized void leave(String name) {
        Host host = hosts.get(name);
        host.active--;
        active--;
        takeTurn(name, host);
        letIn();
    }

    /** The host works: failures are counted again. */
    synchronized void worked(String name) {
        Host host = hosts.get(name);
        if (host != null) {
            host.failures = 0;
        }
    }

    /** The host failed for its own reason. */
    synchronized void failed(String name, FetchException cause) {
        Host host = hosts.get(name);
        if (host != null && ++host.failures == limits.hostPatience()) {
            giveUp(
                    host,
                    String.format(
                            Locale.ROOT,
                            "given up after %d failures in a row, the last: %s",
                            host.failures,
                            cause.getMessage()),
                    cause.fault(),
                    GIVEN_UP_FOR);
        }
    }

    /** Nothing is sent to the host for a while. */
    synchronized void rest(String name, Duration pause, Duration cap) {
        Host host = hosts.get(name);
        if (host == null) {
            return;
        }
        if (pause.compareTo(cap) > 0) {
            giveUp(
                    host,
                    name + " asks for a pause of " + pause.toSeconds() + " s",
                    FetchFault.TOO_MANY_REQUESTS,
                    pause);
            return;
        }
        host.restsUntil = Math.max(host.restsUntil, clock.getAsLong() + pause.toNanos());
    }

    synchronized void close() {
        closed = true;
        FetchException cause = new FetchException(FetchFault.CLOSED, "the fetcher is closed");
        hosts.values().forEach(host -> refuseAll(host, cause));
    }

    private void giveUp(Host host, String why, FetchFault fault, Duration time) {
        host.givenUp = new FetchException(fault, why);
        host.givenUpUntil =
                clock.getAsLong() + Math.min(time.toSeconds(), LONGEST.toSeconds()) * 1_000_000_000;
        refuseAll(host, host.givenUp);
    }

    private void refuseAll(Host host, FetchException cause) {
        host.waiting.forEach(entry -> refuse(entry, cause));
        host.waiting.clear();
    }

    private void refuse(CompletableFuture<Void> entry, FetchException cause) {
        executor.execute(() -> entry.completeExceptionally(cause));
    }

    private void takeTurn(String name, Host host) {
        if (!host.inTurn && !host.waiting.isEmpty() && host.active < limits.perHost()) {
            host.inTurn = true;
            turns.add(name);
        }
    }

    private void letIn() {
        while (active < total && !turns.isEmpty()) {
            String name = turns.remove();
            Host host = hosts.get(name);
            host.inTurn = false;
            if (host.waiting.isEmpty() || host.active >= limits.perHost()) {
                continue;
            }
            long rest = host.restsUntil == Long.MIN_VALUE ? 0 : host.restsUntil - clock.getAsLong();
            if (rest > 0) {
                wakeIn(rest, name, host);
                continue;
            }
            CompletableFuture<Void> entry = host.waiting.remove();
            host.active++;
            active++;
            takeTurn(name, host);
            executor.execute(() -> entry.complete(null));
        }
    }

    private void wakeIn(long nanos, String name, Host host) {
        if (!host.wakes) {
            host.wakes = true;
            timer.schedule(() -> wake(name, host), nanos, TimeUnit.NANOSECONDS);
        }
    }

    private synchronized void wake(String name, Host host) {
        host.wakes = false;
        takeTurn(name, host);
        letIn();
    }

    /**
     * Hosts that are idle are dropped, the least recently used first, before the table grows
     * without end.
     */
    private void forgetSome() {
        if (hosts.size() > remembered) {
            Iterator<Host> oldest = hosts.values().iterator();
            while (oldest.hasNext() && hosts.size() > remembered / 2) {
                Host host = oldest.next();
                if (host.idle() && !host.inTurn && host.restsUntil <= clock.getAsLong()) {
                    oldest.remove();
                }
            }
        }
    }
}
