package org.minigpt4j.train;

/**
 * How long a run is and how it moves.
 *
 * @param epochs epochs of the run
 * @param iterations iterations of an epoch
 * @param accumulate iterations whose gradients are summed, not averaged, before a step
 * @param learningRate the rate of each iteration
 */
public record Schedule(int epochs, int iterations, int accumulate, LearningRate learningRate) {

    /** Iterations of the whole run. */
    public int total() {
        return Math.multiplyExact(epochs, iterations);
    }

    /** Whether the optimizer steps at the end of iteration {@code done}, which counts from 1. */
    boolean updatesAt(int done) {
        return ((done - 1) % iterations + 1) % accumulate == 0;
    }

    /** The last iteration, at most {@code done}, at whose end it does; 0 if there is none. */
    int lastUpdate(int done) {
        int last = done;
        while (last > 0 && !updatesAt(last)) {
            last--;
        }
        return last;
    }
}
