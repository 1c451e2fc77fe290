package org.minigpt4j.generate;

import ai.djl.ndarray.NDArray;

import org.minigpt4j.model.Llama;
import org.minigpt4j.text.Tokenizer;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.BiConsumer;

/** A beam search that goes on one token at a time. One thread at a time. */
public final class BeamSearch {

    private final CachedDecoder decoder;
    private final BiConsumer<int[], float[]> watch;
    private final Beams beams;
    private float[][] logits;

    /**
     * Reads the prompt [1, tokens, hidden]; everything belongs to its manager.
     *
     * @throws org.minigpt4j.UsageException if prompt and new tokens are longer than the model takes
     */
    public BeamSearch(
            Llama llama, NDArray prompt, GenerationSettings settings, Tokenizer tokenizer) {
        int capacity = (int) prompt.getShape().get(1) + settings.maxNewTokens() - 1;
        decoder = new CachedDecoder(llama, prompt.getManager(), settings.numBeams(), capacity);
        watch = (ids, scores) -> {};
        beams = beams(settings, tokenizer.bosId(), tokenizer.eosId());
        begin(settings, decoder.read(prompt));
    }

    BeamSearch(
            CachedDecoder decoder,
            float[] first,
            GenerationSettings settings,
            int bos,
            int eos,
            BiConsumer<int[], float[]> watch) {
        this.decoder = decoder;
        this.watch = watch;
        beams = beams(settings, bos, eos);
        begin(settings, first);
    }

    private static Beams beams(GenerationSettings settings, int bos, int eos) {
        return new Beams(
                settings,
                bos,
                eos,
                settings.doSample()
                        ? Optional.of(new Multinomial(settings.seed()))
                        : Optional.empty());
    }

    private void begin(GenerationSettings settings, float[] first) {
        logits = new float[settings.numBeams()][];
        Arrays.setAll(logits, beam -> first.clone());
    }

    /** One token of each beam; whether there is more to do. */
    public boolean step() {
        if (!beams.advance(logits, watch)) {
            return false;
        }
        decoder.reorder(beams.parents());
        logits = decoder.read(beams.tokens());
        return true;
    }

    /** The best sequence, the implicit begin of sequence first, once the search is over. */
    public int[] ids() {
        return best().ids();
    }

    Decoding.Result best() {
        return beams.best();
    }
}
