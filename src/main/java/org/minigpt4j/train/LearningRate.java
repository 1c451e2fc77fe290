package org.minigpt4j.train;

/**
 * The learning rate of an iteration, as the reference's two schedules give it. Both warm up by the
 * iteration within the epoch, so a warm-up longer than an epoch starts again at each; {@link
 * GlobalWarmup} mends that.
 */
public sealed interface LearningRate {

    /** The rate to use in iteration {@code iteration} (from 0) of epoch {@code epoch} (from 0). */
    double at(int epoch, int iteration);

    /**
     * Linear warm-up, then a cosine from the first to the last rate over the whole run. The cosine
     * counts from the run's first step, so the rate drops a little where the warm-up ends.
     *
     * @param initial rate after warm-up
     * @param last rate at the end of the run
     * @param warmupStart rate of the first iteration
     * @param warmupSteps iterations of warm-up
     * @param iterations iterations of an epoch
     * @param epochs epochs of the run
     */
    record LinearWarmupCosine(
            double initial,
            double last,
            double warmupStart,
            int warmupSteps,
            int iterations,
            int epochs)
            implements LearningRate {

        @Override
        public double at(int epoch, int iteration) {
            long now = (long) epoch * iterations + iteration;
            if (now < warmupSteps) {
                return warmup(initial, warmupStart, warmupSteps, iteration);
            }
            double progress = (double) now / ((long) epochs * iterations);
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
        public double at(int epoch, int iteration) {
            return epoch == 0
                    ? warmup(initial, warmupStart, warmupSteps, iteration)
                    : Math.max(last, initial * Math.pow(decay, epoch));
        }
    }

    /**
     * Another schedule behind a warm-up that counts the iterations of the run, not of the epoch.
     *
     * @param after what follows
     */
    record GlobalWarmup(
            LearningRate after, double initial, double warmupStart, int warmupSteps, int iterations)
            implements LearningRate {

        @Override
        public double at(int epoch, int iteration) {
            long now = (long) epoch * iterations + iteration;
            return now < warmupSteps
                    ? warmup(initial, warmupStart, warmupSteps, now)
                    : after.at(epoch, iteration);
        }
    }

    private static double warmup(double initial, double start, int steps, long iteration) {
        return Math.min(initial, start + (initial - start) * iteration / Math.max(steps, 1));
    }
}
