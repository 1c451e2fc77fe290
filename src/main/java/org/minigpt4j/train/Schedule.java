package org.minigpt4j.train;

import org.minigpt4j.config.RunConfig;

/**
 * The length of a run and its learning rates.
 *
 * @param epochs number of epochs
 * @param stepsPerEpoch number of steps in an epoch
 * @param accumulate number of steps whose gradients are summed (not averaged) before an update
 * @param learningRate the rate of each step
 */
public record Schedule(int epochs, int stepsPerEpoch, int accumulate, LearningRate learningRate) {

    /** The schedule in a configuration. */
    public static Schedule of(RunConfig run) {
        int steps = run.itersPerEpoch().orElse(RunConfig.DEFAULT_STEPS_PER_EPOCH);
        return new Schedule(
                run.maxEpoch(), steps, run.accumGradIters(), LearningRate.of(run, steps));
    }

    /** Number of steps in the whole run. */
    public int total() {
        return Math.multiplyExact(epochs, stepsPerEpoch);
    }

    /** Whether step {@code step}, counted from 1, ends with an update. */
    boolean updatesAt(int step) {
        return ((step - 1) % stepsPerEpoch + 1) % accumulate == 0;
    }

    /** Whether step {@code step}, counted from 1, is the last of its epoch. */
    boolean endsEpochAt(int step) {
        return step % stepsPerEpoch == 0;
    }

    /** The last step up to {@code step} that ends with an update; 0 if there is none. */
    int lastUpdate(int step) {
        int last = step;
        while (last > 0 && !updatesAt(last)) {
            last--;
        }
        return last;
    }
}
