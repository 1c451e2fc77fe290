package org.minigpt4j.chat;

import org.minigpt4j.FailedException;
import org.minigpt4j.model.SharedStep;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/**
 * Answers many at once with one model. Those who ask take turns; the first few requests are rows of
 * one batch, which share each step of the language model. A row joins and leaves between two
 * tokens, and its answer has the bits that it gets alone (see {@link SharedStep} and {@link
 * PromptCache}).
 *
 * <p>One thread has the model. In a round it encodes a picture, reads a run of one prompt, and
 * writes a token of every row that has read its own, so that nobody waits long for anybody. Keys
 * and values of ended answers stay until others need the room, the least recently used go first.
 */
public final class AnswerQueue implements AutoCloseable {

    /**
     * What is held at most.
     *
     * @param waiting answers that wait; more are let in only as {@link FairShare} says
     * @param rows answers that are written at the same time
     * @param places for keys and values in memory, those of ended answers included; one answer is
     *     always let in
     */
    public record Bounds(int waiting, int rows, int places) {}

    private final ChatModel model;
    private final Bounds bounds;
    private final FairShare share;
    private final AnswerFigures figures = new AnswerFigures();
    private final Thread thread;

    /** Guarded by this, as {@link #looks}, {@link #closed} and {@link #running}. */
    private final FairLine<AnswerRow> waiting = new FairLine<>();

    private final FairLine<Look> looks = new FairLine<>();
    private boolean closed;
    private int running;

    // The rest belongs to the thread.
    private final List<AnswerRow> readers = new ArrayList<>();
    private final List<AnswerRow> writers = new ArrayList<>();
    private final List<AnswerRow> searchers = new ArrayList<>();

    /** Caches of ended answers, the most recently used first. */
    private final Deque<PromptCache> kept = new ArrayDeque<>();

    /** A picture that waits for the encoders. */
    private record Look(
            ChatModel eyes, String name, byte[] pixels, CompletableFuture<ChatPicture> seen) {}

    /**
     * Starts its thread.
     *
     * @param model one of those that share their frozen parts; they stay the caller's to close
     */
    public AnswerQueue(ChatModel model, Bounds bounds) {
        this.model = model;
        this.bounds = bounds;
        share = new FairShare(bounds.waiting());
        thread = new Thread(this::run, "answers");
        thread.setDaemon(true);
        thread.start();
    }

    /** What it did so far. */
    public AnswerFigures figures() {
        return figures;
    }

    /** Answers that wait. */
    public synchronized int waiting() {
        return waiting.size();
    }

    /** Answers that are being written. */
    public synchronized int running() {
        return running;
    }

    /** Waits in line, for this program itself. */
    public List<Ticket> ask(List<Order> orders) {
        return ask(Asker.SELF, orders);
    }

    /**
     * Waits in line.
     *
     * @return the answer to be; empty if too many wait
     * @throws org.minigpt4j.UsageException if it is too long and is not to be cut
     */
    public List<Ticket> ask(Asker who, List<Order> orders) {
        List<AnswerRow> rows =
                orders.stream().map(order -> new AnswerRow(order, new Ticket())).toList();
        synchronized (this) {
            requireOpen();
            // Whoever finds nobody waiting is let in with all answers asked for.
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
     * Sees a picture, between two tokens of others.
     *
     * @param file as of {@link ChatModel#see}
     * @throws FailedException if it cannot be decoded, or has too many pixels
     */
    public ChatPicture see(byte[] file) {
        return see(Asker.SELF, model, file);
    }

    /** As above, for somebody and with the Q-Former of {@code eyes}. */
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
        return new FailedException("the model is being put away");
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

    /** Waits for something to do; false at the end. */
    private synchronized boolean await() {
        running = here();
        while (!closed && running == 0 && waiting.isEmpty() && looks.isEmpty()) {
            try {
                wait();
            } catch (InterruptedException e) {
                closed = true; // nobody but the JVM's end does this
            }
        }
        return !closed;
    }

    private void round() {
        look();
        leave(readers);
        leave(writers);
        leave(searchers);
        join();
        read();
        write();
        search();
    }

    private int here() {
        return readers.size() + writers.size() + searchers.size();
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
                look.seen.completeExceptionally(failure(e));
            }
        }
    }

    /** Whoever nobody listens to any more leaves. */
    private void leave(List<AnswerRow> rows) {
        for (AnswerRow row : List.copyOf(rows)) {
            if (row.ticket().isCancelled()) {
                rows.remove(row);
                finish(row);
            }
        }
    }

    private void join() {
        while (here() < bounds.rows()) {
            AnswerRow row;
            synchronized (this) {
                row = waiting.peek();
                if (row == null || !row.ticket().isCancelled() && !makesRoom(row)) {
                    return;
                }
                waiting.poll();
                running++;
            }
            if (row.ticket().isCancelled()) {
                finish(row);
                continue;
            }
            try {
                takeCache(row);
                readers.add(row);
            } catch (RuntimeException | OutOfMemoryError e) {
                fail(row, e);
            }
        }
    }

    /** Forgets ended answers until a row has room; false if it must wait for others to end. */
    private boolean makesRoom(AnswerRow row) {
        int need = row.room();
        while (held() + need > bounds.places()) {
            PromptCache last = kept.peekLast();
            if (last == null) {
                return here() == 0;
            }
            if (kept.size() == 1 && goesOn(row, last)) {
                return true;
            }
            kept.removeLast();
            last.close();
        }
        return true;
    }

    private int held() {
        return Stream.concat(caches(), kept.stream()).mapToInt(PromptCache::capacity).sum()
                + rows().filter(AnswerRow::searches).mapToInt(AnswerRow::room).sum();
    }

    private Stream<AnswerRow> rows() {
        return Stream.of(readers, writers, searchers).flatMap(List::stream);
    }

    private Stream<PromptCache> caches() {
        return rows().map(AnswerRow::cache).filter(Objects::nonNull);
    }

    /** The conversation continues: most of what an ended answer has read is its beginning. */
    private static boolean goesOn(AnswerRow row, PromptCache earlier) {
        return 2 * row.usable(earlier) >= earlier.size();
    }

    private void takeCache(AnswerRow row) {
        if (row.searches()) {
            figures.joined(row);
            return;
        }
        PromptCache best =
                Stream.concat(kept.stream(), caches())
                        .max(Comparator.comparingInt(row::usable))
                        .filter(cache -> row.usable(cache) > 0)
                        .orElse(null);
        if (best != null && kept.contains(best) && goesOn(row, best)) {
            kept.remove(best);
            row.goOnIn(best);
        } else {
            row.begin(best);
        }
        figures.joined(row);
    }

    private void read() {
        if (readers.isEmpty()) {
            return;
        }
        AnswerRow row = readers.get(0);
        try {
            if (row.searches()) {
                row.beginSearch();
                readers.remove(0);
                searchers.add(row);
                return;
            }
            float[] logits = row.cache().readRun();
            if (row.cache().hasRead()) {
                readers.remove(0);
                wrote(row, row.write(logits));
                figures.began(row);
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            readers.remove(row);
            fail(row, e);
        }
    }

    private void wrote(AnswerRow row, boolean goesOn) {
        if (goesOn) {
            if (!writers.contains(row)) {
                writers.add(row);
            }
        } else {
            writers.remove(row);
            finish(row);
        }
    }

    private void search() {
        for (AnswerRow row : List.copyOf(searchers)) {
            try {
                if (!row.search()) {
                    searchers.remove(row);
                    figures.found(row);
                    finish(row);
                }
            } catch (RuntimeException | OutOfMemoryError e) {
                searchers.remove(row);
                fail(row, e);
            }
        }
    }

    private void write() {
        if (writers.isEmpty()) {
            return;
        }
        List<AnswerRow> all = List.copyOf(writers);
        SharedStep step = model.sharedStep();
        for (int from = 0; from < all.size(); from += step.most()) {
            write(step, all.subList(from, Math.min(from + step.most(), all.size())));
        }
    }

    private void write(SharedStep step, List<AnswerRow> rows) {
        float[][] logits;
        try {
            logits =
                    step.next(
                            rows.stream().map(row -> row.cache().cache()).toList(),
                            rows.stream().mapToInt(AnswerRow::last).toArray());
        } catch (RuntimeException | OutOfMemoryError e) {
            if (rows.size() > 1) { // who is to blame fails alone
                rows.forEach(row -> write(step, List.of(row)));
            } else {
                writers.remove(rows.get(0));
                fail(rows.get(0), e);
            }
            return;
        }
        figures.stepped(rows.size());
        for (int i = 0; i < logits.length; i++) {
            AnswerRow row = rows.get(i);
            try {
                wrote(row, row.write(logits[i]));
            } catch (RuntimeException | OutOfMemoryError e) {
                writers.remove(row);
                fail(row, e);
            }
        }
    }

    private void finish(AnswerRow row) {
        row.endSearch();
        row.finish();
        figures.ended(row);
        if (row.cache() != null) {
            kept.addFirst(row.cache());
        }
    }

    private void fail(AnswerRow row, Throwable reason) {
        row.endSearch();
        if (row.cache() != null) {
            row.cache().close();
        }
        figures.failed();
        row.ticket().fail(failure(reason));
    }

    private static RuntimeException failure(Throwable reason) {
        return reason instanceof RuntimeException e
                ? e
                : new FailedException("there is not enough memory", reason);
    }

    /** Whoever still waits is told that nothing comes. */
    private void end() {
        synchronized (this) {
            closed = true;
            waiting.drain().forEach(row -> row.ticket().fail(closing()));
            looks.drain().forEach(look -> look.seen.completeExceptionally(closing()));
        }
        rows().toList().forEach(row -> fail(row, closing()));
        kept.forEach(PromptCache::close);
    }

    /** Ends what is being written, and frees what was kept. */
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
