package org.minigpt4j.chat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.minigpt4j.generate.Generation;
import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.model.KeyValueCache;

import java.util.Arrays;

/**
 * Reads prompts and writes answers, and remembers what it has read.
 *
 * <p>The keys and values of what was read stay. Before an answer, the new prompt is compared with
 * what they stand for, place by place; they are cut back to where the two agree, and only the rest
 * is read. So a second question costs neither the encoders nor the picture's places, and a prompt
 * that was edited, or is tokenized otherwise than the answer was generated, costs what differs and
 * nothing is wrong.
 *
 * <p>One thread at a time; several readers of one model wait for each other.
 */
public final class PromptReader implements AutoCloseable {

    /** The cache grows by so many places at a time. */
    private static final int ROOM = 256;

    private final ChatModel model;
    private final NDManager manager;
    private KeyValueCache cache;
    private PromptPlaces read;

    PromptReader(ChatModel model) {
        this.model = model;
        manager = model.newManager();
    }

    /** Whose prompts it reads. */
    public ChatModel model() {
        return model;
    }

    /** How many places at the start of a prompt it has read already. */
    public int common(PromptPlaces prompt) {
        return read == null ? 0 : read.common(prompt);
    }

    /**
     * Writes the answer to a prompt.
     *
     * @param listener hears it grow
     * @throws org.minigpt4j.UsageException if prompt and answer are too long and are not to be cut
     * @throws InterruptedException if the thread is told to stop
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

    /** Cuts the cache back to what it has in common with a prompt; gives that number of places. */
    private int prepare(PromptPlaces prompt, int newTokens) {
        int capacity = prompt.size() + newTokens - 1;
        int room = Math.min((capacity + ROOM - 1) / ROOM * ROOM, model.maxPositions());
        if (cache == null) {
            cache = model.cache(manager, Math.max(room, capacity));
            read = prompt.without(prompt.size());
        }
        // At least one place is read, for the logits after it.
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

    /** Frees what was kept. */
    @Override
    public void close() {
        manager.close();
    }
}
