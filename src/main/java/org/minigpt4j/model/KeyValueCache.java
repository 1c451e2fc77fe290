package org.minigpt4j.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.UsageException;
import org.minigpt4j.model.kernel.Kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * A decoder in the middle of sequences: keys and values of the places it has read, a row a
 * sequence, so that the next token costs one place and not all of them. Room for all places is
 * taken at the start and filled in order. Made by {@link Llama#cache}; used by one thread at a
 * time.
 */
public final class KeyValueCache implements AutoCloseable {

    private final Llama llama;
    private final NDManager manager;

    /** Keys and values of each layer, [2, rows, heads, capacity, headDim]. */
    private final List<NDArray> layers = new ArrayList<>();

    /** 1 or 0 for each place, int64 [rows, capacity]. */
    private NDArray attended;

    private NDArray cos;
    private NDArray sin;
    private final Kernel places;
    private final Kernel layer;
    private final Kernel reorder;
    private final Kernel grow;
    private final Kernel copy;
    private final int rows;
    private int capacity;
    private long length;
    private long shared;

    KeyValueCache(Llama llama, NDManager parent, int rows, int capacity, long[] known) {
        this.llama = llama;
        this.rows = rows;
        this.capacity = capacity;
        manager = parent.newSubManager();
        places = llama.kernel("llama_places", 6);
        layer = llama.kernel("llama_layer_cached", 6 + llama.layerArguments());
        reorder = llama.kernel("cache_reorder", 4);
        grow = llama.kernel("cache_grow", 2);
        copy = llama.kernel("cache_copy", 3);
        Kernel room = llama.kernel("llama_cache", 2);
        LlamaDims dims = llama.dims();
        long[] shape = {2, rows, dims.keyValueHeads(), capacity, dims.headDim()};
        for (int i = 0; i < dims.layers(); i++) {
            layers.add(llama.run(manager, room, llama.embedTokens(), shape));
        }
        long[] flags = new long[rows * capacity];
        Arrays.fill(flags, 1);
        int each = known.length / rows;
        for (int row = 0; row < rows; row++) {
            System.arraycopy(known, row * each, flags, row * capacity, each);
        }
        attended = manager.create(flags, new Shape(rows, capacity));
        cos = llama.rotary().cos(manager, capacity);
        sin = llama.rotary().sin(manager, capacity);
    }

    /** Sequences it has room for. */
    public int rows() {
        return rows;
    }

    /** Places it has room for. */
    public int capacity() {
        return capacity;
    }

    /**
     * Forgets the places from {@code places} on.
     *
     * @throws IllegalArgumentException if fewer were read
     */
    public void truncate(long places) {
        if (places < 0 || places > length) {
            throw new IllegalArgumentException(
                    "%s of %s places".formatted(Long.toString(places), Long.toString(length)));
        }
        length = places;
        shared = Math.min(shared, places);
    }

    /** Makes room for at least {@code places}; what was read stays. */
    public void grow(int places) {
        if (places <= capacity) {
            return;
        }
        int more = places - capacity;
        for (int i = 0; i < layers.size(); i++) {
            NDArray room = layers.get(i);
            layers.set(i, llama.run(manager, grow, room, more));
            room.close();
        }
        long[] known = attended.toLongArray();
        long[] flags = new long[rows * places];
        Arrays.fill(flags, 1);
        for (int row = 0; row < rows; row++) {
            System.arraycopy(known, row * capacity, flags, row * places, capacity);
        }
        capacity = places;
        attended.close();
        cos.close();
        sin.close();
        attended = manager.create(flags, new Shape(rows, capacity));
        cos = llama.rotary().cos(manager, capacity);
        sin = llama.rotary().sin(manager, capacity);
    }

    /** Places read so far. */
    public long length() {
        return length;
    }

    /**
     * Reads the next places of the sequences; position ids count the places that are no padding.
     *
     * @param inputsEmbeds [b, n, hidden]; b is the number of rows, or 1 for what all share
     * @return logits after the last position, float32 [b, vocabulary]
     * @throws UsageException if there is no room for them
     */
    public NDArray next(NDArray inputsEmbeds) {
        NDManager results = inputsEmbeds.getManager();
        long b = inputsEmbeds.getShape().get(0);
        long n = inputsEmbeds.getShape().get(1);
        long start = extend(b, n);
        try (NDManager step = results.newSubManager()) {
            NDList at = llama.runAll(step, places, attended, b, start + n, n, cos, sin);
            NDArray x =
                    llama.through(
                            inputsEmbeds,
                            (index, weights, input) -> {
                                NDArray y = layer(step, at, start, index, weights, input);
                                if (input != inputsEmbeds) {
                                    input.close();
                                }
                                return y;
                            });
            long[] last = LongStream.range(0, b).map(row -> row * n + n - 1).toArray();
            return llama.logits(results, x, step.create(last));
        }
    }

    private NDArray layer(
            NDManager step, NDList at, long start, int index, Llama.Layer weights, NDArray x) {
        return llama.run(
                step,
                layer,
                x,
                layers.get(index),
                start,
                at.get(0),
                at.get(1),
                at.get(2),
                weights.weights(),
                llama.dims().heads(),
                llama.dims().rmsEps());
    }

    /** Takes {@code n} more places; says how many there were before. */
    private long extend(long b, long n) {
        if (b != rows && (b != 1 || shared != length)) {
            throw new IllegalArgumentException(b + " sequences into " + rows + " rows");
        }
        if (length + n > capacity) {
            throw new UsageException(
                    "%s more tokens after %s do not fit into the %s that were asked for"
                            .formatted(
                                    Long.toString(n),
                                    Long.toString(length),
                                    Integer.toString(capacity)));
        }
        long start = length;
        length += n;
        if (b != rows) {
            shared = length;
        }
        return start;
    }

    /** Keys and values of a layer, [2, rows, heads, capacity, headDim]. */
    NDArray room(int layer) {
        return layers.get(layer);
    }

    /** Counts a token of its one sequence that another block has written into every layer. */
    void readOne() {
        extend(1, 1);
    }

    /**
     * Takes over the first places of another cache, of one row each, instead of what it has read.
     *
     * @throws IllegalArgumentException if either has not so many, or several rows
     */
    public void copy(KeyValueCache other, int places) {
        if (rows != 1 || other.rows != 1 || places > other.length || places > capacity) {
            throw new IllegalArgumentException(
                    "%s places of %s into %s"
                            .formatted(
                                    Integer.toString(places),
                                    Long.toString(other.length),
                                    Integer.toString(capacity)));
        }
        try (NDManager scratch = manager.newSubManager()) {
            for (int i = 0; i < layers.size() && places > 0; i++) {
                llama.run(scratch, copy, layers.get(i), other.layers.get(i), places).close();
            }
        }
        length = places;
        shared = places;
    }

    /** Lets row i go on from what row {@code parents[i]} has read. */
    public void reorder(int[] parents) {
        try (NDManager scratch = manager.newSubManager()) {
            NDArray from = scratch.create(Arrays.stream(parents).asLongStream().toArray());
            for (NDArray room : layers) {
                llama.run(scratch, reorder, room, from, shared, length).close();
            }
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
