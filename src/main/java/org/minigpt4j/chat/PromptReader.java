package org.minigpt4j.chat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.minigpt4j.generate.Generation;
import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.model.KeyValueCache;

import java.util.Arrays;

/**
 * Reads prompts and generates answers, and keeps the keys and values of everything it has read.
 *
 * <p>Before an answer, it compares the new prompt with the positions in the cache. The cache is
 * truncated where they differ, and only the rest is read. So a second question needs neither the
 * encoders nor the picture's positions again. A prompt that was edited, or whose tokens differ from
 * the generated ones, is read again from the first difference, so the result is correct.
 *
 * <p>Not thread-safe; several readers of one model wait for each other.
 */
public final class PromptReader implements AutoCloseable {

    /** The cache grows by this number of positions at a time. */
    private static final int ROOM = 256;

    private final ChatModel model;
    private final NDManager manager;
    private KeyValueCache cache;
    private PromptPlaces read;

    PromptReader(ChatModel model) {
        this.model = model;
        manager = model.newManager();
    }

    /** The model that it uses. */
    public ChatModel model() {
        return model;
    }

    /** Number of leading positions of a prompt that are already in the cache. */
    public int common(PromptPlaces prompt) {
        return read == null ? 0 : read.common(prompt);
    }

    /**
     * Generates the answer to a prompt.
     *
     * @param listener receives the answer as it grows
     * @throws org.minigpt4j.UsageException if prompt and answer are too long and must not be cut
     * @throws InterruptedException if the thread is interrupted
     */
    public Answer answer(PromptPlaces whole, ChatSettings settings, AnswerListener listener)
            throws InterruptedException {
        GenerationSettings decoding = settings.decoding().withStopSequences(model.stopSequences());
        PromptPlaces prompt = settings.fitted(whole, model.maxPositions());
        StreamedText text = new StreamedText(model.tokenizer(), listener);
        model.turn().lockInterruptibly();
        try {
            int kept = decoding.numBeams() == 1 ? prepare(prompt, decoding.maxNewTokens()) : 0;
            try (NDManager scratch = model.newManager()) {
                NDArray embeds = model.embed(scratch, prompt, kept);
                Generation generation =
                        decoding.numBeams() == 1
                                ? goOn(embeds, decoding, text, prompt)
                                : model.generator().generate(embeds, decoding, text);
                int[] ids = generation.ids();
                Answer.End end = text.end(ids, decoding);
                return new Answer(generation.text(), end, prompt.size(), kept, ids.length - 1);
            }
        } finally {
            model.turn().unlock();
        }
    }

    private Generation goOn(
            NDArray embeds, GenerationSettings decoding, StreamedText text, PromptPlaces prompt)
            throws InterruptedException {
        boolean done = false;
        try {
            Generation generation = model.generator().generate(cache, embeds, decoding, text);
            int[] ids = generation.ids();
            read = prompt.with(Arrays.copyOfRange(ids, 1, ids.length - 1));
            done = true;
            return generation;
        } finally {
            if (!done) {
                forget();
            }
        }
    }

    /**
     * Truncates the cache to the positions it has in common with a prompt and returns their number.
     */
    private int prepare(PromptPlaces prompt, int newTokens) {
        int capacity = prompt.size() + newTokens - 1;
        int room = Math.min((capacity + ROOM - 1) / ROOM * ROOM, model.maxPositions());
        if (cache == null) {
            cache = model.cache(manager, Math.max(room, capacity));
            read = prompt.without(prompt.size());
        }
        // At least one position is read, to get the logits after it.
        int kept = Math.min(read.common(prompt), prompt.size() - 1);
        cache.truncate(kept);
        cache.grow(Math.max(room, capacity));
        return kept;
    }

    private void forget() {
        if (cache != null) {
            cache.close();
            cache = null;
            read = null;
        }
    }

    /** Frees the kept keys and values. */
    @Override
    public void close() {
        manager.close();
    }
}
