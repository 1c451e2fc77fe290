package org.minigpt4j.train;

import org.minigpt4j.config.RunConfig;
import org.minigpt4j.config.Warmup;

/**
 * The learning rate of a step, by the reference's two schedules. Both warm up by the step within
 * the epoch, so a warm-up longer than an epoch starts over in each epoch. {@link GlobalWarmup}
 * avoids that.
 */
public sealed interface LearningRate {

    /** The rate for step {@code step} (from 0) of epoch {@code epoch} (from 0). */
    double at(int epoch, int step);

    /** The schedule in a configuration, with {@code stepsPerEpoch} steps in an epoch. */
    static LearningRate of(RunConfig run, int stepsPerEpoch) {
        double warmupStart = run.warmupLr() >= 0 ? run.warmupLr() : run.initLr();
        LearningRate rate =
                switch (run.lrSched()) {
                    case LINEAR_WARMUP_COSINE_LR ->
                            new LinearWarmupCosine(
                                    run.initLr(),
                                    run.minLr(),
                                    warmupStart,
                                    run.warmupSteps(),
                                    stepsPerEpoch,
                                    run.maxEpoch());
                    case LINEAR_WARMUP_STEP_LR ->
                            new LinearWarmupStep(
                                    run.initLr(),
                                    run.minLr(),
                                    warmupStart,
                                    run.warmupSteps(),
                                    run.lrDecayRate().orElseThrow());
                };
        return run.warmup() == Warmup.GLOBAL
                ? new GlobalWarmup(
                        rate, run.initLr(), warmupStart, run.warmupSteps(), stepsPerEpoch)
                : rate;
    }

    /**
     * Linear warm-up, then a cosine from the first to the last rate over the whole run. The cosine
     * counts from the run's first step, so the rate drops a little at the end of the warm-up.
     *
     * @param initial rate after warm-up
     * @param last rate at the end of the run
     * @param warmupStart rate of the first step
     * @param warmupSteps number of warm-up steps
     * @param stepsPerEpoch number of steps in an epoch
     * @param epochs number of epochs in the run
     */
    record LinearWarmupCosine(
            double initial,
            double last,
            double warmupStart,
            int warmupSteps,
            int stepsPerEpoch,
            int epochs)
            implements LearningRate {

        @Override
        public double at(int epoch, int step) {
            long now = (long) epoch * stepsPerEpoch + step;
            if (now < warmupSteps) {
                return warmup(initial, warmupStart, warmupSteps, step);
            }
            double progress = (double) now / ((long) epochs * stepsPerEpoch);
            return (initial - last) * 0.5 * (1 + Math.cos(Math.PI * progress)) + last;
        }
    }

    /**
     * Linear warm-up in the first epoch, then a factor per epoch.
     *
     * @param decay factor from one epoch to the next
     */
    record LinearWarmupStep(
            double initial, double last, double warmupStart, int warmupSteps, double decay)
            implements LearningRate {

        @Override
        public double at(int epoch, int step) {
            return epoch == 0
                    ? warmup(initial, warmupStart, warmupSteps, step)
                    : Math.max(last, initial * Math.pow(decay, epoch));
        }
    }

    /**
     * Another schedule, preceded by a warm-up that counts the steps of the run instead of the
     * epoch.
     *
     * @param after the schedule after the warm-up
     */
    record GlobalWarmup(
            LearningRate after,
            double initial,
            double warmupStart,
            int warmupSteps,
            int stepsPerEpoch)
            implements LearningRate {

        @Override
        public double at(int epoch, int step) {
            long now = (long) epoch * stepsPerEpoch + step;
            return now < warmupSteps
                    ? warmup(initial, warmupStart, warmupSteps, now)
                    : after.at(epoch, step);
        }
    }

    private static double warmup(double initial, double start, int steps, long step) {
        return Math.min(initial, start + (initial - start) * step / Math.max(steps, 1));
    }
}
