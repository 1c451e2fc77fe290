package org.minigpt4j.chat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.minigpt4j.model.KeyValueCache;

import java.util.Arrays;

/**
 * Keys and values of one prompt and its answer. The prompt is read in runs of {@link #RUN}
 * positions that begin at multiples of {@link #RUN}. A run that was read whole, after other whole
 * runs, has the same bits each time; the bits of generated tokens differ slightly from those of
 * read ones. So an answer that must be reproducible reuses only the {@link #steady} positions, and
 * any other answer reuses all {@link #common} ones. Only the thread that holds the model may use
 * it.
 */
final class PromptCache implements AutoCloseable {

    /** Number of positions that are read at a time; steps of other sequences run in between. */
    static final int RUN = 64;

    /** Capacity is allocated in multiples of this number of positions. */
    private static final int ROOM = 256;

    private final ChatModel model;
    private final NDManager manager;
    private final KeyValueCache cache;

    /** The positions that the cache has read. */
    private PromptPlaces read;

    private int whole;
    private PromptPlaces prompt;

    PromptCache(ChatModel model, PromptPlaces prompt, int newTokens) {
        this.model = model;
        this.prompt = prompt;
        manager = model.newManager();
        cache = model.cache(manager, room(model, prompt, newTokens));
        read = prompt.upTo(0);
    }

    /** Number of positions to allocate for a prompt and its answer. */
    static int room(ChatModel model, PromptPlaces prompt, int newTokens) {
        int least = prompt.size() + newTokens - 1;
        return Math.max(least, Math.min((least + ROOM - 1) / ROOM * ROOM, model.maxPositions()));
    }

    /** The model that the keys and values belong to. */
    ChatModel model() {
        return model;
    }

    /** Capacity in positions. */
    int capacity() {
        return cache.capacity();
    }

    /** Number of positions read. */
    int size() {
        return read.size();
    }

    KeyValueCache cache() {
        return cache;
    }

    /**
     * Number of leading positions of another prompt, without its last one, that the cache has read.
     */
    int common(PromptPlaces other) {
        return Math.min(read.common(other), other.size() - 1);
    }

    /** Number of these positions that were read in whole runs. */
    int steady(PromptPlaces other) {
        return Math.min(whole, common(other)) / RUN * RUN;
    }

    /** Continues with another prompt, of which the first {@code kept} positions are reused. */
    void goOn(PromptPlaces next, int newTokens, int kept) {
        cache.truncate(kept);
        cache.grow(room(model, next, newTokens));
        prompt = next;
        read = next.upTo(kept);
        whole = Math.min(whole, kept / RUN * RUN);
    }

    /** Copies the first {@code places} positions from another cache. */
    void copy(PromptCache other, int places) {
        cache.copy(other.cache, places);
        read = prompt.upTo(places);
        whole = Math.min(other.whole, places / RUN * RUN);
    }

    /** Whether the whole prompt was read. */
    boolean hasRead() {
        return read.size() >= prompt.size();
    }

    /** Reads the next run of the prompt and returns the logits after it. */
    float[] readRun() {
        int from = read.size();
        int to = Math.min((from / RUN + 1) * RUN, prompt.size());
        try (NDManager scratch = manager.newSubManager()) {
            NDArray embeds = model.embed(scratch, prompt, from, to);
            float[] logits = cache.next(embeds).toFloatArray();
            if (from == whole && to == from + RUN) {
                whole = to;
            }
            read = prompt.upTo(to);
            return logits;
        }
    }

    /**
     * Records the generated tokens: ids beginning with begin of sequence. The last one has not been
     * read by the model.
     */
    void wrote(int[] ids) {
        read = prompt.with(Arrays.copyOfRange(ids, 1, Math.max(1, ids.length - 1)));
    }

    @Override
    public void close() {
        manager.close();
    }
}
