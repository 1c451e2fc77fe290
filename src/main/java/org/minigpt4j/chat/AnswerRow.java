package org.minigpt4j.chat;

import ai.djl.ndarray.NDManager;

import org.minigpt4j.generate.AnswerText;
import org.minigpt4j.generate.BeamSearch;
import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.generate.Likelihood;
import org.minigpt4j.generate.Writing;

import java.util.List;

/** An answer in the making: its prompt is read run by run, then it is written token by token. */
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
     * An answer that waits.
     *
     * @throws org.minigpt4j.UsageException if it is too long and is not to be cut
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

    /** Whether it is a beam search, which shares no steps. */
    boolean searches() {
        return decoding.numBeams() > 1;
    }

    /** Reads all of the prompt for a beam search. */
    void beginSearch() {
        manager = model.newManager();
        search = model.search(model.embed(manager, prompt, 0), decoding);
    }

    /** Continues with the beam search; whether there is more to do. */
    boolean search() {
        if (search.step()) {
            return true;
        }
        found = search.ids();
        text.generated(found);
        ticket.grown(text.told(), List.of());
        return false;
    }

    /** Frees what a beam search took. */
    void endSearch() {
        if (manager != null) {
            manager.close();
        }
    }

    Ticket ticket() {
        return ticket;
    }

    /** Places that it takes room for. */
    int room() {
        return decoding.numBeams() * PromptCache.room(model, prompt, decoding.maxNewTokens());
    }

    /** How many places of its prompt it would take over from a cache. */
    int usable(PromptCache other) {
        if (other.model() != model) {
            return 0;
        }
        return order.steady() ? other.steady(prompt) : other.common(prompt);
    }

    /** Continues in a cache of an earlier prompt. */
    void goOnIn(PromptCache earlier) {
        kept = usable(earlier);
        cache = earlier;
        earlier.goOn(prompt, decoding.maxNewTokens(), kept);
    }

    /** Takes its own cache, with what it can use of another one's; null is none. */
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

    /** Places of the prompt. */
    int promptTokens() {
        return prompt.size();
    }

    /** Places that it did not have to read. */
    int kept() {
        return kept;
    }

    /** Nanoseconds since it was asked for. */
    long age() {
        return System.nanoTime() - asked;
    }

    /** How many tokens it has. */
    int newTokens() {
        return ids().length - 1;
    }

    /** The token to read next. */
    int last() {
        return writing.last();
    }

    /** Writes a token; whether it continues. */
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

    /** Its end; what was read stays in the cache. */
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
