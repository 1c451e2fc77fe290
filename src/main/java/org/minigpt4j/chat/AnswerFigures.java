package org.minigpt4j.chat;

/** What an {@link AnswerQueue} did so far. Safe for use by many threads. */
public final class AnswerFigures {

    /** Upper ends of the classes of waiting times, in seconds. */
    private static final double[] SECONDS = {
        0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
    };

    private long answers;
    private long cancelled;
    private long failures;
    private long pictures;
    private long promptTokens;
    private long keptTokens;
    private long newTokens;
    private long steps;
    private long firstTokens;
    private double firstSeconds;
    private final long[] firstWithin = new long[SECONDS.length];

    AnswerFigures() {}

    /**
     * The figures at one time.
     *
     * @param answers that ended, those that nobody waited for included
     * @param cancelled of these, those that nobody waited for
     * @param failures answers that failed
     * @param pictures that went through the encoders
     * @param promptTokens places of prompts
     * @param keptTokens of these, those that were in memory
     * @param newTokens tokens written
     * @param steps of the language model that wrote them, but each answer's first
     * @param firstTokens answers that have begun
     * @param firstSeconds that these waited for their first token, all together
     * @param within upper ends of waiting times in seconds
     * @param firstWithin how many of these waited no longer than each of them
     */
    public record Snapshot(
            long answers,
            long cancelled,
            long failures,
            long pictures,
            long promptTokens,
            long keptTokens,
            long newTokens,
            long steps,
            long firstTokens,
            double firstSeconds,
            double[] within,
            long[] firstWithin) {}

    /** The figures now. */
    public synchronized Snapshot now() {
        return new Snapshot(
                answers,
                cancelled,
                failures,
                pictures,
                promptTokens,
                keptTokens,
                newTokens,
                steps,
                firstTokens,
                firstSeconds,
                SECONDS.clone(),
                firstWithin.clone());
    }

    synchronized void saw() {
        pictures++;
    }

    synchronized void joined(AnswerRow row) {
        promptTokens += row.promptTokens();
        keptTokens += row.kept();
    }

    synchronized void began(AnswerRow row) {
        double seconds = row.age() / 1e9;
        firstTokens++;
        newTokens++;
        firstSeconds += seconds;
        for (int i = 0; i < SECONDS.length; i++) {
            firstWithin[i] += seconds <= SECONDS[i] ? 1 : 0;
        }
    }

    /** A beam search ended, which is heard of at its end alone. */
    synchronized void found(AnswerRow row) {
        began(row);
        newTokens += row.newTokens() - 1;
    }

    synchronized void stepped(int rows) {
        steps++;
        newTokens += rows;
    }

    synchronized void ended(AnswerRow row) {
        answers++;
        cancelled += row.ticket().isCancelled() ? 1 : 0;
    }

    synchronized void failed() {
        failures++;
    }
}
