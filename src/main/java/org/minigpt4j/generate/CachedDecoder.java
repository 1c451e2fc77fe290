package org.minigpt4j.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.model.KeyValueCache;
import org.minigpt4j.model.Llama;

import java.util.Arrays;

/** The language model in the middle of texts that begin alike: a row each, and their cache. */
final class CachedDecoder implements AutoCloseable {

    private final Llama llama;
    private final NDManager manager;
    private final KeyValueCache cache;

    /** Room for {@code rows} texts of {@code capacity} tokens, prompt included. */
    CachedDecoder(Llama llama, NDManager parent, int rows, int capacity) {
        this.llama = llama;
        manager = parent.newSubManager();
        cache = llama.cache(manager, rows, capacity);
    }

    /** Continues in a cache of one row, which stays the caller's to close. */
    CachedDecoder(Llama llama, NDManager parent, KeyValueCache cache) {
        this.llama = llama;
        manager = parent.newSubManager();
        this.cache = cache;
    }

    /** Reads the prompt [1, t, hidden] that all rows share. Returns the logits after it. */
    float[] read(NDArray prompt) {
        try (NDArray logits = cache.next(prompt)) {
            return logits.toFloatArray();
        }
    }

    /** Reads one token per row. Returns the logits after it, row by row. */
    float[][] read(int[] tokens) {
        try (NDManager step = manager.newSubManager()) {
            long[] ids = Arrays.stream(tokens).asLongStream().toArray();
            NDArray embeds = llama.embed(step.create(ids, new Shape(tokens.length, 1)));
            float[] all = cache.next(embeds).toFloatArray();
            int vocabulary = all.length / tokens.length;
            float[][] logits = new float[tokens.length][];
            for (int row = 0; row < tokens.length; row++) {
                logits[row] =
                        Arrays.copyOfRange(all, row * vocabulary, row * vocabulary + vocabulary);
            }
            return logits;
        }
    }

    /** Lets row i go on from row {@code rows[i]}. */
    void reorder(int[] rows) {
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] != i) {
                cache.reorder(rows);
                return;
            }
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
