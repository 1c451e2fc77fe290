package org.minigpt4j.chat;

/** Statistics of an {@link AnswerQueue}. Thread-safe. */
public final class AnswerFigures {

    /** Upper bounds of the histogram's waiting times, in seconds. */
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
     * The statistics at one moment.
     *
     * @param answers answers that ended, including cancelled ones
     * @param cancelled answers that were cancelled
     * @param failures answers that failed
     * @param pictures pictures that the encoders processed
     * @param promptTokens positions in prompts
     * @param keptTokens prompt positions found in the cache
     * @param newTokens generated tokens
     * @param steps decoding steps of the language model, not counting the one for each answer's
     *     first token
     * @param firstTokens answers whose first token was generated
     * @param firstSeconds sum of these answers' waiting times for the first token, in seconds
     * @param within upper bounds of waiting times in seconds
     * @param firstWithin for each bound, the number of answers whose first token came within it
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

    /** The current statistics. */
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

    /** Counts a finished beam search, which reports only at its end. */
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
