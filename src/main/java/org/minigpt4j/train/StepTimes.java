package org.minigpt4j.train;

/**
 * Durations of the phases of a step, in seconds.
 *
 * @param data waiting for micro-batches
 * @param compute forward and backward passes on all replicas
 * @param reduce adding up gradients
 * @param update optimizer step, and copying the trainable tensors to the replicas
 */
public record StepTimes(double data, double compute, double reduce, double update) {

    /** Total duration in seconds. */
    public double total() {
        return data + compute + reduce + update;
    }

    /** A stopwatch that is read at the end of each phase. */
    static final class Clock {
        private long last = System.nanoTime();

        double lap() {
            long now = System.nanoTime();
            double seconds = (now - last) / 1e9;
            last = now;
            return seconds;
        }
    }
}
