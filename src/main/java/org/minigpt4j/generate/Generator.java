package org.minigpt4j.generate;

import ai.djl.ndarray.NDArray;

import org.minigpt4j.model.KeyValueCache;
import org.minigpt4j.model.Llama;
import org.minigpt4j.text.Tokenizer;

/**
 * Writes texts with the language model. The frozen weights are shared with whoever else uses them;
 * several threads may generate at a time.
 *
 * <p>The prompt goes in as embeddings, so the sequence of ids begins with an implicit begin of
 * sequence that the model never reads here: it counts for {@code min_length}, the repetition
 * penalty, the length of beams and nothing else.
 */
public final class Generator {

    private final Llama llama;
    private final Tokenizer tokenizer;

    /** Writes with {@code llama}; both stay the caller's to close. */
    public Generator(Llama llama, Tokenizer tokenizer) {
        this.llama = llama;
        this.tokenizer = tokenizer;
    }

    /** As {@link #generate(NDArray, GenerationSettings, TokenListener)}, listening to nothing. */
    public Generation generate(NDArray inputsEmbeds, GenerationSettings settings)
            throws InterruptedException {
        return generate(inputsEmbeds, settings, TokenListener.NONE);
    }

    /**
     * Continues from a prompt.
     *
     * @param inputsEmbeds one prompt, [1, tokens, hidden] as of {@link Llama#inputsEmbeds}
     * @throws org.minigpt4j.UsageException if prompt and new tokens are longer than the model takes
     * @throws InterruptedException if the thread is interrupted, after a token
     */
    public Generation generate(
            NDArray inputsEmbeds, GenerationSettings settings, TokenListener listener)
            throws InterruptedException {
        Decoding decoding = new Decoding(settings, tokenizer.bosId(), tokenizer.eosId(), listener);
        Decoding.Result result = decoding.run(llama, inputsEmbeds);
        return new Generation(result.ids(), AnswerText.of(tokenizer, result.ids()), result.score());
    }

    /**
     * Continues from a prompt whose beginning was read before. Afterwards the cache has read the
     * prompt and all generated tokens but the last one.
     *
     * @param cache one row with room for the rest of the prompt and the new tokens
     * @param inputsEmbeds the rest of the prompt, [1, tokens, hidden], at least one token
     * @throws IllegalArgumentException if the settings ask for several beams
     * @throws InterruptedException if the thread is told to stop, after a token
     */
    public Generation generate(
            KeyValueCache cache,
            NDArray inputsEmbeds,
            GenerationSettings settings,
            TokenListener listener)
            throws InterruptedException {
        if (settings.numBeams() != 1 || cache.rows() != 1) {
            throw new IllegalArgumentException("beams share no cache with another sequence");
        }
        Decoding decoding = new Decoding(settings, tokenizer.bosId(), tokenizer.eosId(), listener);
        Decoding.Result result = decoding.run(llama, cache, inputsEmbeds);
        return new Generation(result.ids(), AnswerText.of(tokenizer, result.ids()), result.score());
    }
}
