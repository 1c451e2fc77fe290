package org.minigpt4j.chat;

import org.minigpt4j.generate.Likelihood;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A requested answer. It grows on the model's thread, which never waits for readers of the ticket.
 */
public final class Ticket {

    private String text = "";
    private List<Likelihood> likelihoods = List.of();
    private int steps;
    private Answer answer;
    private RuntimeException failure;
    private volatile boolean cancelled;

    /**
     * The current state of an answer.
     *
     * @param step increases each time the answer grows
     * @param text the part of the text that is final
     * @param likelihoods of its tokens, if they were requested
     * @param answer the complete answer; empty until it is finished
     */
    public record Progress(
            int step, String text, List<Likelihood> likelihoods, Optional<Answer> answer) {}

    Ticket() {}

    /** Cancels the answer: no further token is computed. */
    public void cancel() {
        cancelled = true;
    }

    boolean isCancelled() {
        return cancelled;
    }

    /**
     * Waits until the answer has grown.
     *
     * @param known the step of the last progress seen; 0 at first
     * @param patience the longest time to wait
     * @throws RuntimeException if the answer failed
     */
    public synchronized Progress await(int known, Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (steps == known && answer == null && failure == null) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                break;
            }
            wait(left);
        }
        if (failure != null) {
            throw failure;
        }
        return new Progress(steps, text, likelihoods, Optional.ofNullable(answer));
    }

    /** The likelihoods recorded so far. */
    public synchronized List<Likelihood> likelihoods() {
        return likelihoods;
    }

    /** Waits for the complete answer. */
    public Answer await() throws InterruptedException {
        Progress progress = await(0, Duration.ofDays(1));
        while (progress.answer().isEmpty()) {
            progress = await(progress.step(), Duration.ofDays(1));
        }
        return progress.answer().get();
    }

    synchronized void grown(String grown, List<Likelihood> noted) {
        text = grown;
        likelihoods = List.copyOf(noted);
        steps++;
        notifyAll();
    }

    synchronized void finish(Answer whole, List<Likelihood> noted) {
        answer = whole;
        likelihoods = List.copyOf(noted);
        steps++;
        notifyAll();
    }

    synchronized void fail(RuntimeException reason) {
        failure = reason;
        notifyAll();
    }
}
