package org.minigpt4j.generate;

import java.util.ArrayList;
import java.util.List;

/** The best finished sequences of a beam search, at most as many as there are beams. */
final class BeamHypotheses {

    private final int beams;
    private final double lengthPenalty;
    private final List<Hypothesis> kept = new ArrayList<>();

    /** A finished sequence without its end token, and its log-probability over its length. */
    record Hypothesis(int[] ids, double score) {}

    BeamHypotheses(int beams, double lengthPenalty) {
        this.beams = beams;
        this.lengthPenalty = lengthPenalty;
    }

    /** Keeps a sequence if it is among the best. */
    void add(int[] ids, double logProbability) {
        double score = logProbability / Math.pow(ids.length, lengthPenalty);
        if (kept.size() < beams || score > worst()) {
            kept.add(new Hypothesis(ids, score));
            if (kept.size() > beams) {
                kept.remove(firstWorst());
            }
        }
    }

    /**
     * Whether nothing that continues can be better.
     *
     * @param best the highest log-probability of what continues
     * @param length tokens that it will have
     */
    boolean isDone(double best, int length) {
        return kept.size() == beams && worst() >= best / Math.pow(length, lengthPenalty);
    }

    /** The best; of equal ones the last that was added. */
    Hypothesis best() {
        Hypothesis best = kept.get(0);
        for (Hypothesis hypothesis : kept) {
            best = hypothesis.score >= best.score ? hypothesis : best;
        }
        return best;
    }

    private double worst() {
        return kept.get(firstWorst()).score;
    }

    private int firstWorst() {
        int worst = 0;
        for (int i = 1; i < kept.size(); i++) {
            worst = kept.get(i).score < kept.get(worst).score ? i : worst;
        }
        return worst;
    }
}
