package org.minigpt4j.train.run;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Measures the time during which this process was running. While it is stopped, asleep or without a
 * core, it does not receive messages; that time must not count as silence of other processes.
 */
final class WakingClock {

    /** Maximum time counted between two calls; callers call far more often. */
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier real;
    private long last;
    private long awake;

    /** Creates a clock on top of one that never stops, in nanoseconds. */
    WakingClock(LongSupplier real) {
        this.real = real;
        last = real.getAsLong();
    }

    /** Nanoseconds that the process has been running. */
    synchronized long now() {
        long time = real.getAsLong();
        awake += Math.min(time - last, LONGEST);
        last = time;
        return awake;
    }
}
