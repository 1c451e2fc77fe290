package org.minigpt4j.generate;

import ai.djl.ndarray.NDArray;

import org.minigpt4j.model.KeyValueCache;
import org.minigpt4j.model.Llama;

import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * The loops of Hugging Face's {@code generate} for one prompt: token by token, best or drawn, with
 * one sequence or several beams.
 */
final class Decoding {

    private final GenerationSettings settings;
    private final int bos;
    private final int eos;
    private final TokenListener listener;

    /** A sequence with the implicit begin of sequence, and in beam search its score. */
    record Result(int[] ids, double score) {}

    Decoding(GenerationSettings settings, int bos, int eos, TokenListener listener) {
        this.settings = settings;
        this.bos = bos;
        this.eos = eos;
        this.listener = listener;
    }

    Result run(Llama llama, NDArray inputsEmbeds) throws InterruptedException {
        return run(llama, inputsEmbeds, (ids, scores) -> {});
    }

    /** As {@link #run(Llama, NDArray)}, showing each sequence and its processed scores. */
    Result run(Llama llama, NDArray inputsEmbeds, BiConsumer<int[], float[]> watch)
            throws InterruptedException {
        int beams = settings.numBeams();
        // The last new token is not read again.
        int capacity = (int) inputsEmbeds.getShape().get(1) + settings.maxNewTokens() - 1;
        try (CachedDecoder decoder =
                new CachedDecoder(llama, inputsEmbeds.getManager(), beams, capacity)) {
            float[] logits = decoder.read(inputsEmbeds);
            return beams == 1 ? single(decoder, logits, watch) : beams(decoder, logits, watch);
        }
    }

    /** As {@link #run(Llama, NDArray)} with one sequence, after what a cache has read. */
    Result run(Llama llama, KeyValueCache cache, NDArray inputsEmbeds) throws InterruptedException {
        try (CachedDecoder decoder = new CachedDecoder(llama, inputsEmbeds.getManager(), cache)) {
            return single(decoder, decoder.read(inputsEmbeds), (ids, scores) -> {});
        }
    }

    private Result single(CachedDecoder decoder, float[] first, BiConsumer<int[], float[]> watch)
            throws InterruptedException {
        Writing writing = new Writing(settings, bos, eos, -1, listener, watch);
        float[] scores = first;
        while (writing.next(scores)) {
            requireGoingOn();
            scores = decoder.read(new int[] {writing.last()})[0];
        }
        return new Result(writing.ids(), 0);
    }

    private Result beams(CachedDecoder decoder, float[] first, BiConsumer<int[], float[]> watch)
            throws InterruptedException {
        BeamSearch search = new BeamSearch(decoder, first, settings, bos, eos, watch);
        while (search.step()) {
            requireGoingOn();
        }
        listener.generated(search.ids());
        return search.best();
    }

    static int[] append(int[] ids, int id) {
        int[] longer = Arrays.copyOf(ids, ids.length + 1);
        longer[ids.length] = id;
        return longer;
    }

    private static void requireGoingOn() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }
}
