package org.minigpt4j.chat.server;

/**
 * When a request that finds too many before it should be sent again: those who are told so get
 * times one after the other, as far apart as answers end at present, so that each finds room. Safe
 * for use by many threads.
 */
final class ComeBack {

    private static final long SECOND = 1_000_000_000L;
    private static final long FIRST_GUESS = SECOND / 10;

    /** What was seen longer ago says nothing of now. */
    private static final long OLD = 30 * SECOND;

    private static final int LEAST_SECONDS = 1;

    /** Clients for Node and Java do not wait longer for anybody, but come back almost at once. */
    private static final int MOST_SECONDS = 60;

    private long apart = FIRST_GUESS;
    private long looked = System.nanoTime();
    private long ended;
    private long next = looked;

    /**
     * Whole seconds to wait.
     *
     * @param answers that have ended since the beginning
     */
    int seconds(long answers) {
        return seconds(answers, System.nanoTime());
    }

    synchronized int seconds(long answers, long now) {
        if (now - looked > OLD) {
            looked = now;
            ended = answers;
        } else if (answers > ended) {
            apart = (3 * apart + (now - looked) / (answers - ended)) / 4;
            looked = now;
            ended = answers;
        }
        next = Math.max(next, now) + apart;
        long seconds = (next - now + SECOND - 1) / SECOND;
        return (int) Math.max(LEAST_SECONDS, Math.min(seconds, MOST_SECONDS));
    }
}
