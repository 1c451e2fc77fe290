package org.minigpt4j.nano.parts;

/**
 * How long and how fast a part learns: the rate rises, stays, and falls in a line to zero.
 *
 * @param steps in all
 * @param rate the highest
 * @param warmup steps of rising
 * @param falling steps of falling, the last ones
 */
record PartSchedule(int steps, double rate, int warmup, int falling) {

    double rate(int step) {
        double rise = Math.min(1, (step + 1.0) / warmup);
        double fall = Math.min(1, (steps - step) / (double) falling);
        return rate * Math.min(rise, fall);
    }
}
