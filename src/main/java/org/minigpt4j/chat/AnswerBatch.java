package org.minigpt4j.chat;

import org.minigpt4j.FailedException;
import org.minigpt4j.model.SharedStep;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The answers that are being written, and the keys and values of ended ones. Belongs to the thread
 * of an {@link AnswerQueue}, which holds the model's turn during each call.
 */
final class AnswerBatch {

    private final ChatModel model;
    private final AnswerQueue.Bounds bounds;
    private final AnswerFigures figures;
    private final List<AnswerRow> readers = new ArrayList<>();
    private final List<AnswerRow> writers = new ArrayList<>();
    private final List<AnswerRow> searchers = new ArrayList<>();

    /** Caches of ended answers, the most recently used first. */
    private final Deque<PromptCache> kept = new ArrayDeque<>();

    AnswerBatch(ChatModel model, AnswerQueue.Bounds bounds, AnswerFigures figures) {
        this.model = model;
        this.bounds = bounds;
        this.figures = figures;
    }

    /** The number of answers that are being written. */
    int size() {
        return readers.size() + writers.size() + searchers.size();
    }

    /** Removes the answers that were cancelled. */
    void leave() {
        leave(readers);
        leave(writers);
        leave(searchers);
    }

    private void leave(List<AnswerRow> rows) {
        for (AnswerRow row : List.copyOf(rows)) {
            if (row.ticket().isCancelled()) {
                rows.remove(row);
                finish(row);
            }
        }
    }

    /**
     * Makes room for a row: frees the keys and values of ended answers until it fits.
     *
     * @return whether it fits; false if it must wait until others end
     */
    boolean makesRoom(AnswerRow row) {
        if (size() >= bounds.rows()) {
            return false;
        }
        int need = row.room();
        while (held() + need > bounds.places()) {
            PromptCache last = kept.peekLast();
            if (last == null) {
                return size() == 0;
            }
            if (kept.size() == 1 && continues(row, last)) {
                return true;
            }
            kept.removeLast();
            last.close();
        }
        return true;
    }

    /** Adds a row for which there is room. */
    void join(AnswerRow row) {
        try {
            takeCache(row);
            readers.add(row);
        } catch (RuntimeException | OutOfMemoryError e) {
            fail(row, e);
        }
    }

    /**
     * One round: reads a run of one prompt, and writes a token of each row that has read its own.
     */
    void step() {
        read();
        write();
        search();
    }

    /** Fails all answers, and frees all keys and values. */
    void end(RuntimeException reason) {
        rows().toList().forEach(row -> fail(row, reason));
        kept.forEach(PromptCache::close);
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
    private static boolean continues(AnswerRow row, PromptCache earlier) {
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
        if (best != null && kept.contains(best) && continues(row, best)) {
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

    private void wrote(AnswerRow row, boolean unfinished) {
        if (unfinished) {
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
            if (rows.size() > 1) { // only the row at fault fails
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

    /** Ends a row with the text it has, and keeps its keys and values. */
    void finish(AnswerRow row) {
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

    /** What the asker gets for a failure. */
    static RuntimeException failure(Throwable reason) {
        return reason instanceof RuntimeException e
                ? e
                : new FailedException("there is not enough memory", reason);
    }
}
