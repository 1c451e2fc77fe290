package org.minigpt4j.chat.server;

/**
 * When a request that finds too many before it should be sent again: those who are told so get
 * times one after the other, as far apart as answers ended so far, so that each finds room. Safe
 * for use by many threads.
 */
final class ComeBack {

    private static final long SECOND = 1_000_000_000L;
    private static final int LEAST_SECONDS = 1;
    private static final int MOST_SECONDS = 60;

    private final long begin = System.nanoTime();
    private long next = begin;

    /**
     * Whole seconds to wait.
     *
     * @param answers that have ended since the beginning
     */
    synchronized int seconds(long answers) {
        long now = System.nanoTime();
        long apart = (now - begin) / (answers + 1);
        next = Math.max(next, now) + Math.min(apart, SECOND);
        long seconds = (next - now + SECOND - 1) / SECOND;
        return (int) Math.max(LEAST_SECONDS, Math.min(seconds, MOST_SECONDS));
    }
}
