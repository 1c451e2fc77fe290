package org.minigpt4j.prepare.task;

import org.apache.spark.util.AccumulatorV2;

import java.util.Map;
import java.util.TreeMap;

/** Pairs by what became of them, and bytes kept, counted over all tasks while they run. */
public final class Tally extends AccumulatorV2<Tally.Count, Tally.Counts> {

    private static final long serialVersionUID = 1L;

    private final TreeMap<String, Long> pairs = new TreeMap<>();
    private long bytes;

    /** One pair. */
    record Count(String cause, long bytes) {}

    /** All so far. */
    public record Counts(Map<String, Long> pairs, long bytes) implements java.io.Serializable {

        public static final Counts NONE = new Counts(Map.of(), 0);

        public Counts plus(Counts other) {
            TreeMap<String, Long> sum = new TreeMap<>(pairs);
            other.pairs.forEach((cause, count) -> sum.merge(cause, count, Long::sum));
            return new Counts(sum, bytes + other.bytes);
        }
    }

    void add(String cause, long kept) {
        add(new Count(cause, kept));
    }

    @Override
    public boolean isZero() {
        synchronized (pairs) {
            return pairs.isEmpty();
        }
    }

    @Override
    public AccumulatorV2<Count, Counts> copy() {
        Tally copy = new Tally();
        copy.merge(this);
        return copy;
    }

    @Override
    public void reset() {
        synchronized (pairs) {
            pairs.clear();
            bytes = 0;
        }
    }

    @Override
    public void add(Count count) {
        synchronized (pairs) {
            pairs.merge(count.cause(), 1L, Long::sum);
            bytes += count.bytes();
        }
    }

    @Override
    public void merge(AccumulatorV2<Count, Counts> other) {
        Counts counts = other.value();
        synchronized (pairs) {
            counts.pairs().forEach((cause, count) -> pairs.merge(cause, count, Long::sum));
            bytes += counts.bytes();
        }
    }

    @Override
    public Counts value() {
        synchronized (pairs) {
            return new Counts(new TreeMap<>(pairs), bytes);
        }
    }
}
