package org.minigpt4j.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.minigpt4j.UsageException;

import java.util.List;

/**
 * Keys and values of the places that a decoder has read, a row a sequence, so that the next token
 * costs one place and not all of them. Room for all places is taken at the start and filled in
 * order; made by {@link Llama#cache}, filled by {@link Llama#next}. Used by one thread at a time.
 */
public final class KeyValueCache implements AutoCloseable {

    private final NDManager manager;
    private final List<NDArray> layers;
    private final NDArray attended;
    private final NDArray cos;
    private final NDArray sin;
    private long length;
    private long shared;

    /**
     * Takes over {@code manager} and what belongs to it.
     *
     * @param layers keys and values, [2, rows, heads, capacity, headDim] each
     * @param attended 1 or 0 for each place, int64 [rows, capacity]
     * @param cos rotary table, float32 [capacity, headDim]
     * @param sin rotary table, float32 [capacity, headDim]
     */
    KeyValueCache(
            NDManager manager, List<NDArray> layers, NDArray attended, NDArray cos, NDArray sin) {
        this.manager = manager;
        this.layers = layers;
        this.attended = attended;
        this.cos = cos;
        this.sin = sin;
    }

    /** Sequences it has room for. */
    public int rows() {
        return Math.toIntExact(attended.getShape().get(0));
    }

    /** Places read so far. */
    public long length() {
        return length;
    }

    /** Places at the start that are the same in all rows, read once. */
    long shared() {
        return shared;
    }

    /** Takes {@code n} more places; says how many there were before. */
    long extend(long b, long n) {
        if (b != rows() && (b != 1 || shared != length)) {
            throw new IllegalArgumentException(b + " sequences into " + rows() + " rows");
        }
        long capacity = attended.getShape().get(1);
        if (length + n > capacity) {
            throw new UsageException(
                    "%d more tokens behind %d do not fit into the %d that were asked for"
                            .formatted(n, length, capacity));
        }
        long start = length;
        length += n;
        if (b != rows()) {
            shared = length;
        }
        return start;
    }

    NDManager manager() {
        return manager;
    }

    NDArray layer(int index) {
        return layers.get(index);
    }

    NDArray attended() {
        return attended;
    }

    NDArray cos() {
        return cos;
    }

    NDArray sin() {
        return sin;
    }

    @Override
    public void close() {
        manager.close();
    }
}
