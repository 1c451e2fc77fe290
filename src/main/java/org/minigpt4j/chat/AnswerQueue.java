package org.minigpt4j.chat;

import org.minigpt4j.FailedException;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Writes several answers simultaneously with one model. Askers take turns; the first few requests
 * are rows of one batch ({@link AnswerBatch}), which share each step of the language model. A row
 * joins and leaves between two tokens, and its answer has the same bits as when it is alone (see
 * {@link org.minigpt4j.model.SharedStep} and {@link PromptCache}).
 *
 * <p>One thread uses the model. In each round it encodes one picture, reads a run of one prompt,
 * and writes one token of every row that has read its own prompt, so no asker waits long for
 * another. Keys and values of ended answers stay until others need the room; the least recently
 * used go first.
 */
public final class AnswerQueue implements AutoCloseable {

    /**
     * Limits.
     *
     * @param waiting answers that may wait; {@link FairShare} decides who may exceed it
     * @param rows answers that are written at the same time
     * @param places token positions whose keys and values are in memory, ended answers included;
     *     one answer is always accepted
     */
    public record Bounds(int waiting, int rows, int places) {}

    private final ChatModel model;
    private final FairShare share;
    private final AnswerFigures figures = new AnswerFigures();
    private final Thread thread;

    /** Guarded by this, as {@link #looks}, {@link #closed} and {@link #running}. */
    private final FairLine<AnswerRow> waiting = new FairLine<>();

    private final FairLine<Look> looks = new FairLine<>();
    private boolean closed;
    private int running;

    /** Belongs to the thread. */
    private final AnswerBatch batch;

    /** A picture that waits for the encoders. */
    private record Look(
            ChatModel eyes, String name, byte[] pixels, CompletableFuture<ChatPicture> seen) {}

    /**
     * Starts its thread.
     *
     * @param model one of the models that share their frozen parts; the caller closes them
     */
    public AnswerQueue(ChatModel model, Bounds bounds) {
        this.model = model;
        batch = new AnswerBatch(model, bounds, figures);
        share = new FairShare(bounds.waiting());
        thread = new Thread(this::run, "answers");
        thread.setDaemon(true);
        thread.start();
    }

    /** Counts and times so far. */
    public AnswerFigures figures() {
        return figures;
    }

    /** The number of answers that wait. */
    public synchronized int waiting() {
        return waiting.size();
    }

    /** The number of answers that are being written. */
    public synchronized int running() {
        return running;
    }

    /** Queues requests of this program itself. */
    public List<Ticket> ask(List<Order> orders) {
        return ask(Asker.SELF, orders);
    }

    /**
     * Queues requests.
     *
     * @return a ticket for each answer; empty if too many wait
     * @throws org.minigpt4j.UsageException if a prompt is too long and must not be cut
     */
    public List<Ticket> ask(Asker who, List<Order> orders) {
        List<AnswerRow> rows =
                orders.stream().map(order -> new AnswerRow(order, new Ticket())).toList();
        synchronized (this) {
            requireOpen();
            // An empty queue accepts any number of answers.
            if (!waiting.isEmpty() && !admits(who, rows.size())) {
                return List.of();
            }
            rows.forEach(row -> waiting.add(who, row));
            notifyAll();
        }
        return rows.stream().map(AnswerRow::ticket).toList();
    }

    private boolean admits(Asker who, int more) {
        int own = waiting.size(who.host());
        return share.admits(who, waiting.size(), own, waiting.hosts(), more);
    }

    /**
     * Encodes a picture, between two tokens of other answers.
     *
     * @param file as for {@link ChatModel#see}
     * @throws FailedException if it cannot be decoded, or has too many pixels
     */
    public ChatPicture see(byte[] file) {
        return see(Asker.SELF, model, file);
    }

    /** The same for a given asker, with the Q-Former of {@code eyes}. */
    public ChatPicture see(Asker who, ChatModel eyes, byte[] file) {
        Look look =
                new Look(eyes, ChatModel.name(file), eyes.decode(file), new CompletableFuture<>());
        synchronized (this) {
            requireOpen();
            looks.add(who, look);
            notifyAll();
        }
        try {
            return look.seen.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private void requireOpen() {
        if (closed) {
            throw closing();
        }
    }

    private static FailedException closing() {
        return new FailedException("the model is being closed");
    }

    private void run() {
        try {
            while (await()) {
                model.turn().lock();
                try {
                    round();
                } finally {
                    model.turn().unlock();
                }
            }
        } finally {
            end();
        }
    }

    /** Waits for work; returns false when the queue is closed. */
    private synchronized boolean await() {
        running = batch.size();
        while (!closed && running == 0 && waiting.isEmpty() && looks.isEmpty()) {
            try {
                wait();
            } catch (InterruptedException e) {
                closed = true; // only the end of the JVM interrupts this thread
            }
        }
        return !closed;
    }

    private void round() {
        look();
        batch.leave();
        join();
        batch.step();
    }

    private void look() {
        Look look;
        synchronized (this) {
            look = looks.poll();
        }
        if (look != null) {
            try {
                look.seen.complete(look.eyes.encode(look.name, look.pixels));
                figures.saw();
            } catch (RuntimeException | OutOfMemoryError e) {
                look.seen.completeExceptionally(AnswerBatch.failure(e));
            }
        }
    }

    private void join() {
        while (true) {
            AnswerRow row;
            synchronized (this) {
                row = waiting.peek();
                if (row == null || !row.ticket().isCancelled() && !batch.makesRoom(row)) {
                    return;
                }
                waiting.poll();
                running++;
            }
            if (row.ticket().isCancelled()) {
                batch.finish(row);
            } else {
                batch.join(row);
            }
        }
    }

    /** Fails everything that still waits or is being written. */
    private void end() {
        synchronized (this) {
            closed = true;
            waiting.drain().forEach(row -> row.ticket().fail(closing()));
            looks.drain().forEach(look -> look.seen.completeExceptionally(closing()));
        }
        batch.end(closing());
    }

    /** Fails all answers that are not finished, and frees the keys and values. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
