package org.minigpt4j.chat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.minigpt4j.model.KeyValueCache;

import java.util.Arrays;

/**
 * Keys and values of one prompt and its answer, read in runs of {@link #RUN} places that begin at
 * multiples of it. A run that was read whole, after runs that were, has the bits that it would have
 * if it were read again; those of a generated token are a little different. So an answer that must
 * come out alike takes over {@link #steady} places alone, and any other all that are {@link
 * #common}. For whoever has the model's turn.
 */
final class PromptCache implements AutoCloseable {

    /** Places that are read at a time, with steps of other sequences in between. */
    static final int RUN = 64;

    /** Room is taken in multiples of so many places. */
    private static final int ROOM = 256;

    private final ChatModel model;
    private final NDManager manager;
    private final KeyValueCache cache;

    /** What the cache has read. */
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

    /** Places that a prompt and its answer take room for. */
    static int room(ChatModel model, PromptPlaces prompt, int newTokens) {
        int least = prompt.size() + newTokens - 1;
        return Math.max(least, Math.min((least + ROOM - 1) / ROOM * ROOM, model.maxPositions()));
    }

    /** Whose keys and values they are. */
    ChatModel model() {
        return model;
    }

    /** Places it has room for. */
    int capacity() {
        return cache.capacity();
    }

    /** Places it has read. */
    int size() {
        return read.size();
    }

    KeyValueCache cache() {
        return cache;
    }

    /** How many places of another prompt, but the last, it has read. */
    int common(PromptPlaces other) {
        return Math.min(read.common(other), other.size() - 1);
    }

    /** How many of these were read in whole runs. */
    int steady(PromptPlaces other) {
        return Math.min(whole, common(other)) / RUN * RUN;
    }

    /** Continues with another prompt, after its first places. */
    void goOn(PromptPlaces next, int newTokens, int kept) {
        cache.truncate(kept);
        cache.grow(room(model, next, newTokens));
        prompt = next;
        read = next.upTo(kept);
        whole = Math.min(whole, kept / RUN * RUN);
    }

    /** Takes over the first places of its prompt from another cache. */
    void copy(PromptCache other, int places) {
        cache.copy(other.cache, places);
        read = prompt.upTo(places);
        whole = Math.min(other.whole, places / RUN * RUN);
    }

    /** Whether all of the prompt was read. */
    boolean hasRead() {
        return read.size() >= prompt.size();
    }

    /** Reads the next run of the prompt; logits after it. */
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

    /** Learns what was generated: ids with the begin of sequence, of which the last is not read. */
    void wrote(int[] ids) {
        read = prompt.with(Arrays.copyOfRange(ids, 1, Math.max(1, ids.length - 1)));
    }

    @Override
    public void close() {
        manager.close();
    }
}
