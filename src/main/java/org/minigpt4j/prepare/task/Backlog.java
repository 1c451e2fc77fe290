package org.minigpt4j.prepare.task;

/**
 * How much a shard in the making may hold and have under way, in bytes: pictures that arrived, ones
 * that are ready and wait for one before them, and those sent for, each at the mean size of what
 * came so far. So of small files many hundreds are on their way at a time, of large ones a few.
 */
final class Backlog {

    /** Bytes that one shard may hold, where there is memory for many shards of that size. */
    static final long MOST = 256L << 20;

    /** With less, hardly anything would be under way. */
    private static final long LEAST = 16L << 20;

    /** What a file is taken for before any came; it counts as one that came. */
    private static final long FIRST_GUESS = 1 << 20;

    private final long most;
    private long held;
    private long underWay;
    private long landed = 1;
    private long landedBytes = FIRST_GUESS;

    Backlog(long most) {
        this.most = most;
    }

    /** Bytes for one of the shards that this JVM makes side by side: a quarter is for all. */
    static long ofThisJvm() {
        Runtime java = Runtime.getRuntime();
        long share = java.maxMemory() / 4 / java.availableProcessors();
        return Math.max(LEAST, Math.min(MOST, share));
    }

    /** Whether one more may be sent for; always if there is nothing to wait for. */
    boolean hasRoom() {
        return underWay == 0 && held == 0 || held + (underWay + 1) * (landedBytes / landed) <= most;
    }

    long underWay() {
        return underWay;
    }

    void sentFor(int pictures) {
        underWay += pictures;
    }

    /** One arrived, which is then prepared; a failure has no bytes. */
    void arrived(long bytes) {
        underWay--;
        landed++;
        landedBytes += bytes;
    }

    /** One is ready. */
    void keeps(long bytes) {
        held += bytes;
    }

    /** One that was ready is in the shard. */
    void letsGo(long bytes) {
        held -= bytes;
    }
}
