package org.minigpt4j.cluster;

import org.minigpt4j.cluster.exchange.PeerExchange;
import org.minigpt4j.cluster.protocol.Member;
import org.minigpt4j.cluster.protocol.Phase;
import org.minigpt4j.cluster.protocol.RankPace;
import org.minigpt4j.cluster.protocol.RankReport;
import org.minigpt4j.cluster.protocol.View;

import java.util.concurrent.TimeUnit;

/**
 * A rank's link to the driver. Its thread reports several times a second, whatever the rank is
 * doing, and takes the newest view from each reply.
 */
public final class RankLink implements AutoCloseable {

    private static final long PAUSE_MILLIS = 50;

    private final Member self;
    private final PeerExchange exchange;
    private final Driver driver;
    private final Thread thread;
    private final Object lock = new Object();
    private volatile View view = View.NONE;
    private volatile int step;
    private volatile Phase phase = Phase.LOADING;
    private volatile RankPace pace = RankPace.NONE;
    private volatile boolean closed;
    private volatile RuntimeException failure;
    private boolean now;

    /** Sends a report to the driver. */
    @FunctionalInterface
    public interface Driver {
        /**
         * Reports and returns the newest view.
         *
         * @throws RuntimeException if the driver is gone
         */
        View report(RankReport report);
    }

    /** Starts reporting. */
    public RankLink(Member self, int step, PeerExchange exchange, Driver driver) {
        this.self = self;
        this.step = step;
        this.exchange = exchange;
        this.driver = driver;
        thread = new Thread(this::run, "rank-link");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!closed) {
            try {
                int number = view.number(); // read before exchange.unreachable()
                View newest =
                        driver.report(
                                new RankReport(
                                        self, number, step, phase, exchange.unreachable(), pace));
                if (newest.number() > number) {
                    exchange.enter(newest);
                    view = newest;
                    exchange.wake();
                }
            } catch (RuntimeException e) {
                failure = e;
                exchange.wake();
                return;
            }
            pause();
        }
    }

    private void pause() {
        synchronized (lock) {
            try {
                long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS);
                long left = PAUSE_MILLIS;
                while (!now && !closed && left > 0) {
                    lock.wait(left);
                    left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                }
                now = false;
            } catch (InterruptedException e) {
                closed = true;
            }
        }
    }

    /** Sends the next report immediately instead of after the usual pause. */
    public void hurry() {
        synchronized (lock) {
            now = true;
            lock.notifyAll();
        }
    }

    /**
     * The newest view received from the driver.
     *
     * @throws RuntimeException if the driver can no longer be reached
     */
    public View view() {
        if (failure != null) {
            throw failure;
        }
        return view;
    }

    /** Sets what the following reports say: steps done and what the rank is doing now. */
    public void doing(int done, Phase what) {
        step = done;
        phase = what;
    }

    /** Sets the times that the following reports give for the rank's part of a step. */
    public void took(RankPace measured) {
        pace = measured;
    }

    @Override
    public void close() {
        closed = true;
        hurry();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
