package org.minigpt4j.train.run;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Time in which this process ran. A process that was stopped, whose machine slept or had no core to
 * spare, has not listened meanwhile, so that time is no silence of those whom it listens to.
 */
final class WakingClock {

    /** What lies between two looks at most; those who ask look far more often. */
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier real;
    private long last;
    private long awake;

    /** A clock based on one that never stops, in nanoseconds. */
    WakingClock(LongSupplier real) {
        this.real = real;
        last = real.getAsLong();
    }

    /** Nanoseconds awake so far. */
    synchronized long now() {
        long time = real.getAsLong();
        awake += Math.min(time - last, LONGEST);
        last = time;
        return awake;
    }
}
