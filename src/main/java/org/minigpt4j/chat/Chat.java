package org.minigpt4j.chat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.minigpt4j.UsageException;
import org.minigpt4j.generate.Generation;
import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.generate.TokenListener;
import org.minigpt4j.model.KeyValueCache;

import java.util.Arrays;

/**
 * One conversation with a model.
 *
 * <p>The keys and values of what was read stay between turns. Before an answer, the new prompt is
 * compared with what they stand for, place by place; they are cut back to where the two agree, and
 * only the rest is read. So a second question costs neither the encoders nor the picture's places,
 * and a prompt that was edited, or tokenized otherwise than the answer was generated, costs what
 * differs and nothing is wrong.
 *
 * <p>One thread at a time; several chats of one model wait for each other.
 */
public final class Chat implements AutoCloseable {

    /** The cache grows by so many places at a time. */
    private static final int ROOM = 256;

    private final ChatModel model;
    private final Conversation<ChatPicture> conversation;
    private final NDManager manager;
    private KeyValueCache cache;
    private PromptPlaces read;

    Chat(ChatModel model, ChatTemplate template) {
        this.model = model;
        conversation = new Conversation<>(template);
        manager = model.newManager();
    }

    /** What was said; show, ask and retract through it. */
    public Conversation<ChatPicture> conversation() {
        return conversation;
    }

    /**
     * Answers, and adds the answer to the conversation.
     *
     * @param listener hears it grow
     * @throws UsageException if the conversation is too long and is not to be cut
     * @throws InterruptedException if the thread is told to stop; the conversation then has no
     *     answer
     */
    public Answer answer(ChatSettings settings, AnswerListener listener)
            throws InterruptedException {
        GenerationSettings decoding = withStops(settings.decoding());
        PromptPlaces prompt =
                PromptPlaces.of(conversation.prompt(), model.tokenizer(), model.queries());
        prompt = fitted(prompt, settings);
        StreamedText text = new StreamedText(model.tokenizer(), listener);
        Generation generation;
        int kept;
        synchronized (model) {
            kept = decoding.numBeams() == 1 ? prepare(prompt, decoding.maxNewTokens()) : 0;
            try (NDManager scratch = model.newManager()) {
                NDArray embeds = model.embed(scratch, prompt, kept);
                generation = generate(embeds, decoding, text, prompt);
            }
        }
        conversation.answer(generation.text());
        int[] ids = generation.ids();
        return new Answer(
                generation.text(), text.end(ids, decoding), prompt.size(), kept, ids.length - 1);
    }

    private Generation generate(
            NDArray embeds, GenerationSettings decoding, TokenListener text, PromptPlaces prompt)
            throws InterruptedException {
        if (decoding.numBeams() > 1) {
            return model.generator().generate(embeds, decoding, text);
        }
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

    private PromptPlaces fitted(PromptPlaces prompt, ChatSettings settings) {
        int most = Math.min(settings.maxLength(), model.maxPositions());
        int over = prompt.size() + settings.decoding().maxNewTokens() - most;
        if (over <= 0) {
            return prompt;
        }
        if (settings.overflow() == ChatSettings.Overflow.REFUSE || over >= prompt.size()) {
            throw new UsageException(
                    ("The conversation has %d tokens and the answer may have %d, which is more than"
                                    + " the %d that fit; start a new conversation, or ask for a"
                                    + " shorter answer.")
                            .formatted(
                                    prompt.size(), settings.decoding().maxNewTokens(), most));
        }
        return prompt.without(over);
    }

    private GenerationSettings withStops(GenerationSettings decoding) {
        return new GenerationSettings(
                decoding.maxNewTokens(),
                decoding.numBeams(),
                decoding.doSample(),
                decoding.temperature(),
                decoding.topK(),
                decoding.topP(),
                decoding.repetitionPenalty(),
                decoding.lengthPenalty(),
                decoding.minLength(),
                model.stopSequences(),
                decoding.seed());
    }

    private void forget() {
        if (cache != null) {
            cache.close();
            cache = null;
            read = null;
        }
    }

    /** Frees what was kept between turns. */
    @Override
    public void close() {
        manager.close();
    }
}
