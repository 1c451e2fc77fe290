package org.minigpt4j.track;

import java.time.Duration;

/** When to try a store again that did not answer: later after each failure. */
final class Backoff {

    private static final Duration FIRST = Duration.ofMillis(500);
    private static final Duration MOST = Duration.ofSeconds(60);

    private int failures;
    private long notBefore;

    boolean isDue(long nanoTime) {
        return failures == 0 || nanoTime - notBefore >= 0;
    }

    /** True since a failure, until the next success. */
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
