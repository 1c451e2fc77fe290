package org.minigpt4j.train;

/**
 * Where the time of a step went, in seconds.
 *
 * @param data waiting for micro-batches
 * @param compute forward and backward passes on all replicas
 * @param reduce adding up gradients
 * @param update the optimizer, and sending the projection to the replicas
 */
public record StepTimes(double data, double compute, double reduce, double update) {

    /** All of it. */
    public double total() {
        return data + compute + reduce + update;
    }

    /** A clock that is asked at the end of each phase. */
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
