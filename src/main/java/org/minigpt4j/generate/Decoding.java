package org.minigpt4j.generate;

import ai.djl.ndarray.NDArray;

import org.minigpt4j.model.Llama;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * The loops of Hugging Face's {@code generate} for one prompt: token by token, best or drawn, with
 * one sequence or several beams.
 */
final class Decoding {

    private static final float UNLIKELY = -1e9f;

    private final GenerationSettings settings;
    private final int bos;
    private final int eos;
    private final TokenListener listener;
    private final Optional<Multinomial> draws;

    /** A sequence with the implicit begin of sequence, and in beam search its score. */
    record Result(int[] ids, double score) {}

    Decoding(GenerationSettings settings, int bos, int eos, TokenListener listener) {
        this.settings = settings;
        this.bos = bos;
        this.eos = eos;
        this.listener = listener;
        draws =
                settings.doSample()
                        ? Optional.of(new Multinomial(settings.seed()))
                        : Optional.empty();
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

    private Result single(CachedDecoder decoder, float[] first, BiConsumer<int[], float[]> watch)
            throws InterruptedException {
        int[] ids = {bos};
        float[] scores = first;
        while (true) {
            process(scores, ids);
            watch.accept(ids, scores);
            int next;
            if (draws.isPresent()) {
                warp(scores, 1);
                next = draws.get().draw(scores, 1, ids.length)[0];
            } else {
                next = Scores.argmax(scores);
            }
            ids = append(ids, next);
            listener.generated(ids);
            if (next == eos || ids.length > settings.maxNewTokens() || settings.stops(ids)) {
                return new Result(ids, 0);
            }
            requireGoingOn();
            scores = decoder.read(new int[] {next})[0];
        }
    }

    private Result beams(CachedDecoder decoder, float[] first, BiConsumer<int[], float[]> watch)
            throws InterruptedException {
        int n = settings.numBeams();
        var hypotheses = new BeamHypotheses(n, settings.lengthPenalty());
        int[][] ids = new int[n][];
        Arrays.fill(ids, new int[] {bos});
        float[] sums = new float[n];
        if (draws.isEmpty()) {
            Arrays.fill(sums, 1, n, UNLIKELY); // all beams are alike: the first alone counts
        }
        float[][] logits = new float[n][];
        Arrays.setAll(logits, beam -> first.clone());
        while (true) {
            float[] candidates = candidates(logits, ids, sums, watch);
            int[] ranked = ranked(candidates, ids[0].length);
            int vocabulary = logits[0].length;
            int length = ids[0].length;
            int[] parents = new int[n];
            int[] tokens = new int[n];
            float[] nextSums = new float[n];
            int open = 0;
            for (int rank = 0; rank < ranked.length && open < n; rank++) {
                int parent = ranked[rank] / vocabulary;
                int token = ranked[rank] % vocabulary;
                float sum = candidates[ranked[rank]];
                if (token != eos) {
                    parents[open] = parent;
                    tokens[open] = token;
                    nextSums[open++] = sum;
                } else if (rank < n) {
                    hypotheses.add(ids[parent], sum);
                }
            }
            boolean done = hypotheses.isDone(candidates[ranked[0]], length + 1);
            int[][] before = ids;
            ids = new int[n][];
            for (int beam = 0; beam < n; beam++) {
                ids[beam] = append(before[parents[beam]], tokens[beam]);
            }
            sums = nextSums;
            if (done || length + 1 > settings.maxNewTokens() || settings.stops(ids[0])) {
                return finish(hypotheses, done, ids, sums);
            }
            requireGoingOn();
            decoder.reorder(parents);
            logits = decoder.read(tokens);
        }
    }

    /** Every continuation of every beam: its log-probability, beam by beam. */
    private float[] candidates(
            float[][] logits, int[][] ids, float[] sums, BiConsumer<int[], float[]> watch) {
        int vocabulary = logits[0].length;
        float[] candidates = new float[logits.length * vocabulary];
        for (int beam = 0; beam < logits.length; beam++) {
            float[] scores = logits[beam];
            Scores.logSoftmax(scores);
            process(scores, ids[beam]);
            watch.accept(ids[beam], scores);
            for (int i = 0; i < vocabulary; i++) {
                scores[i] += sums[beam];
            }
            if (draws.isPresent()) {
                warp(scores, 2);
            }
            System.arraycopy(scores, 0, candidates, beam * vocabulary, vocabulary);
        }
        return candidates;
    }

    /** The best two a beam, or as many drawn ones, in falling order. */
    private int[] ranked(float[] candidates, int place) {
        int count = 2 * settings.numBeams();
        if (draws.isEmpty()) {
            return Scores.best(candidates, count);
        }
        int[] drawn = draws.get().draw(candidates, count, place);
        return Arrays.stream(drawn)
                .boxed()
                .sorted((a, b) -> Float.compare(candidates[b], candidates[a]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private Result finish(BeamHypotheses hypotheses, boolean done, int[][] ids, float[] sums) {
        if (!done) {
            for (int beam = 0; beam < ids.length; beam++) {
                hypotheses.add(ids[beam], sums[beam]);
            }
        }
        BeamHypotheses.Hypothesis best = hypotheses.best();
        // Whatever ended it, a sequence shorter than the longest allowed gets an end token.
        int[] whole =
                best.ids().length <= settings.maxNewTokens() ? append(best.ids(), eos) : best.ids();
        listener.generated(whole);
        return new Result(whole, best.score());
    }

    private void process(float[] scores, int[] ids) {
        if (settings.repetitionPenalty() != 1) {
            Scores.repetitionPenalty(scores, ids, settings.repetitionPenalty());
        }
        if (ids.length < settings.minLength()) {
            Scores.exclude(scores, eos);
        }
    }

    private void warp(float[] scores, int minKeep) {
        if (settings.temperature() != 1) {
            Scores.temperature(scores, settings.temperature());
        }
        if (settings.topK() > 0) {
            Scores.topK(scores, Math.max(settings.topK(), minKeep));
        }
        if (settings.topP() < 1) {
            Scores.topP(scores, settings.topP(), minKeep);
        }
    }

    private static int[] append(int[] ids, int id) {
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
