package org.minigpt4j.chat.server;

/**
 * Decides when a client whose request was refused should repeat it. Successive clients get
 * successive times, spaced by the current rate of finished answers, so that each finds a free slot.
 * Thread-safe.
 */
final class ComeBack {

    private static final long SECOND = 1_000_000_000L;
    private static final long FIRST_GUESS = SECOND / 10;

    /** Observations older than this are ignored. */
    private static final long OLD = 30 * SECOND;

    private static final int LEAST_SECONDS = 1;

    /**
     * The longest wait that is sent: the Node and Java clients ignore longer ones and retry almost
     * immediately.
     */
    private static final int MOST_SECONDS = 60;

    private long apart = FIRST_GUESS;
    private long looked = System.nanoTime();
    private long ended;
    private long next = looked;

    /**
     * The waiting time in whole seconds.
     *
     * @param answers number of answers that have ended since the start
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
