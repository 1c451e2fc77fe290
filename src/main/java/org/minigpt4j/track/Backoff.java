package org.minigpt4j.track;

import java.time.Duration;

/** Decides when to retry a store that did not answer; the wait grows with each failure. */
final class Backoff {

    private static final Duration FIRST = Duration.ofMillis(500);
    private static final Duration MOST = Duration.ofSeconds(60);

    private int failures;
    private long notBefore;

    boolean isDue(long nanoTime) {
        return failures == 0 || nanoTime - notBefore >= 0;
    }

    /** Whether the last attempt failed. */
    boolean isFailing() {
        return failures > 0;
    }

    void failed(long nanoTime, Duration atLeast) {
        Duration wait = FIRST.multipliedBy(1L << Math.min(failures, 10));
        wait = wait.compareTo(MOST) > 0 ? MOST : wait;
        wait = wait.compareTo(atLeast) < 0 ? atLeast : wait;
        failures++;
        notBefore = nanoTime + wait.toNanos();
    }

    void succeeded() {
        failures = 0;
    }
}
