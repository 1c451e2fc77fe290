package org.minigpt4j.chat;

import org.minigpt4j.generate.Likelihood;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An answer that was asked for. It grows on the thread that has the model, which never waits for
 * whoever reads it here.
 */
public final class Ticket {

    private String text = "";
    private List<Likelihood> likelihoods = List.of();
    private int steps;
    private Answer answer;
    private RuntimeException failure;
    private volatile boolean cancelled;

    /**
     * An answer as far as it is known.
     *
     * @param text what cannot change any more
     * @param likelihoods of its tokens, if they were asked for
     * @param answer the whole, once it is there
     */
    public record Progress(
            int step, String text, List<Likelihood> likelihoods, Optional<Answer> answer) {}

    Ticket() {}

    /** Nobody wants it any more: no further token is computed. */
    public void cancel() {
        cancelled = true;
    }

    boolean isCancelled() {
        return cancelled;
    }

    /**
     * Waits until it has grown.
     *
     * @param known the step that was heard of last, 0 at first
     * @param patience how long at most
     * @throws RuntimeException if it failed
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

    /** What was noted of its tokens so far. */
    public synchronized List<Likelihood> likelihoods() {
        return likelihoods;
    }

    /** Waits for the whole answer. */
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
