package org.minigpt4j.chat;

import ai.djl.ndarray.NDManager;

import org.minigpt4j.generate.AnswerText;
import org.minigpt4j.generate.BeamSearch;
import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.generate.Likelihood;
import org.minigpt4j.generate.Writing;

import java.util.List;

/**
 * An answer in progress: its prompt is read run by run, then the answer is generated token by
 * token.
 */
final class AnswerRow {

    private final ChatModel model;
    private final Order order;
    private final PromptPlaces prompt;
    private final GenerationSettings decoding;
    private final Ticket ticket;
    private final StreamedText text;
    private final Writing writing;
    private NDManager manager;
    private final long asked = System.nanoTime();
    private PromptCache cache;
    private BeamSearch search;
    private int[] found = new int[1];
    private int kept;

    /**
     * Creates an answer that waits for its turn.
     *
     * @throws org.minigpt4j.UsageException if the prompt is too long and must not be cut
     */
    AnswerRow(Order order, Ticket ticket) {
        model = order.model();
        this.order = order;
        this.ticket = ticket;
        prompt = order.settings().fitted(order.prompt(), model.maxPositions());
        decoding = order.settings().decoding().withStopSequences(model.stopSequences());
        text =
                new StreamedText(
                        model.tokenizer(),
                        grown -> order.listener().grown(grown) && !ticket.isCancelled());
        writing =
                searches()
                        ? null
                        : new Writing(decoding, model.tokenizer(), order.alternatives(), text);
    }

    /** Whether it is a beam search, which shares no steps with other answers. */
    boolean searches() {
        return decoding.numBeams() > 1;
    }

    /** Reads the whole prompt for a beam search. */
    void beginSearch() {
        manager = model.newManager();
        search = model.search(model.embed(manager, prompt, 0), decoding);
    }

    /** Does the next step of the beam search and returns whether there are more. */
    boolean search() {
        if (search.step()) {
            return true;
        }
        found = search.ids();
        text.generated(found);
        ticket.grown(text.told(), List.of());
        return false;
    }

    /** Frees the memory of a beam search. */
    void endSearch() {
        if (manager != null) {
            manager.close();
        }
    }

    Ticket ticket() {
        return ticket;
    }

    /** Number of positions that it needs in the cache. */
    int room() {
        return decoding.numBeams() * PromptCache.room(model, prompt, decoding.maxNewTokens());
    }

    /** Number of positions of its prompt that it could reuse from a cache. */
    int usable(PromptCache other) {
        if (other.model() != model) {
            return 0;
        }
        return order.steady() ? other.steady(prompt) : other.common(prompt);
    }

    /** Continues in the cache of an earlier prompt. */
    void goOnIn(PromptCache earlier) {
        kept = usable(earlier);
        cache = earlier;
        earlier.goOn(prompt, decoding.maxNewTokens(), kept);
    }

    /** Allocates a cache and copies the usable part of {@code other} into it; null for none. */
    void begin(PromptCache other) {
        cache = new PromptCache(model, prompt, decoding.maxNewTokens());
        if (other != null) {
            kept = usable(other);
            cache.copy(other, kept);
        }
    }

    PromptCache cache() {
        return cache;
    }

    /** Number of positions in the prompt. */
    int promptTokens() {
        return prompt.size();
    }

    /** Number of prompt positions that it did not have to read. */
    int kept() {
        return kept;
    }

    /** Nanoseconds since the request. */
    long age() {
        return System.nanoTime() - asked;
    }

    /** Number of tokens generated so far. */
    int newTokens() {
        return ids().length - 1;
    }

    /** The token to read next. */
    int last() {
        return writing.last();
    }

    /** Chooses the next token from the logits and returns whether the answer continues. */
    boolean write(float[] logits) {
        boolean goesOn = writing.next(logits);
        ticket.grown(text.told(), writing.likelihoods());
        return goesOn;
    }

    private int[] ids() {
        return searches() ? found : writing.ids();
    }

    private List<Likelihood> likelihoods() {
        return searches() ? List.of() : writing.likelihoods();
    }

    /** Ends the answer. The keys and values stay in the cache. */
    void finish() {
        int[] ids = ids();
        if (cache != null && cache.hasRead()) {
            cache.wrote(ids);
        }
        Answer.End end = newTokens() == 0 ? Answer.End.CANCELLED : text.end(ids, decoding);
        ticket.finish(
                new Answer(
                        AnswerText.of(model.tokenizer(), ids),
                        end,
                        prompt.size(),
                        kept,
                        newTokens()),
                likelihoods());
    }
}
