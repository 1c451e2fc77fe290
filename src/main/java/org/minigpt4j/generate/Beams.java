package org.minigpt4j.generate;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * The beams of one search: what each has written, the sum of its log-probabilities, and the
 * sequences that have ended.
 *
 * <p>In a step all continuations of all beams compete. Among the best two a beam (or as many drawn
 * ones) the first that do not end become the new beams; one that ends counts as finished if it is
 * among the best one a beam. It is over when nothing that continues can beat the finished ones, at
 * the longest length, or when the first beam ends in a stop sequence.
 */
final class Beams {

    private static final float UNLIKELY = -1e9f;
    private static final int KEEP = 2;

    private final GenerationSettings settings;
    private final int eos;
    private final Optional<Multinomial> draws;
    private final BeamHypotheses finished;
    private final int[] parents;
    private final int[] tokens;
    private int[][] ids;
    private float[] sums;
    private boolean done;

    Beams(GenerationSettings settings, int bos, int eos, Optional<Multinomial> draws) {
        this.settings = settings;
        this.eos = eos;
        this.draws = draws;
        int n = settings.numBeams();
        finished = new BeamHypotheses(n, settings.lengthPenalty());
        parents = new int[n];
        tokens = new int[n];
        ids = new int[n][];
        Arrays.fill(ids, new int[] {bos});
        sums = new float[n];
        if (draws.isEmpty()) {
            Arrays.fill(sums, 1, n, UNLIKELY); // all beams are alike: the first alone counts
        }
    }

    /**
     * One step; false if it was the last.
     *
     * @param logits of what follows each beam; changed by this call
     */
    boolean advance(float[][] logits, BiConsumer<int[], float[]> watch) {
        int n = tokens.length;
        int vocabulary = logits[0].length;
        int length = ids[0].length;
        float[] candidates = candidates(logits, watch);
        int[] ranked = ranked(candidates, length);
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
                finished.add(ids[parent], sum);
            }
        }
        done = finished.isDone(candidates[ranked[0]], length + 1);
        int[][] before = ids;
        ids = new int[n][];
        for (int beam = 0; beam < n; beam++) {
            ids[beam] = Decoding.append(before[parents[beam]], tokens[beam]);
        }
        sums = nextSums;
        return !done && length < settings.maxNewTokens() && !settings.stops(ids[0]);
    }

    /** Every continuation of every beam: its log-probability, beam by beam. */
    private float[] candidates(float[][] logits, BiConsumer<int[], float[]> watch) {
        int vocabulary = logits[0].length;
        float[] candidates = new float[logits.length * vocabulary];
        for (int beam = 0; beam < logits.length; beam++) {
            float[] scores = logits[beam];
            Scores.logSoftmax(scores);
            settings.process(scores, ids[beam], eos);
            watch.accept(ids[beam], scores);
            for (int i = 0; i < vocabulary; i++) {
                scores[i] += sums[beam];
            }
            if (draws.isPresent()) {
                settings.warp(scores, KEEP);
            }
            System.arraycopy(scores, 0, candidates, beam * vocabulary, vocabulary);
        }
        return candidates;
    }

    /** The best two a beam, or as many drawn ones, in falling order. */
    private int[] ranked(float[] candidates, int place) {
        int count = 2 * tokens.length;
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

    /** Which beam each beam continues from. */
    int[] parents() {
        return parents;
    }

    /** The token that each beam wrote last. */
    int[] tokens() {
        return tokens;
    }

    /** The best sequence, once the search is over. */
    Decoding.Result best() {
        if (!done) {
            for (int beam = 0; beam < ids.length; beam++) {
                finished.add(ids[beam], sums[beam]);
            }
        }
        BeamHypotheses.Hypothesis best = finished.best();
        // Whatever ended it, a sequence shorter than the longest allowed gets an end token.
        int[] whole =
                best.ids().length <= settings.maxNewTokens()
                        ? Decoding.append(best.ids(), eos)
                        : best.ids();
        return new Decoding.Result(whole, best.score());
    }
}
