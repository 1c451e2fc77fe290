package org.minigpt4j.nano.parts;

import java.util.ArrayList;
import java.util.List;

/** How long and how fast a part learns, in one phase after another. */
record PartSchedule(List<Phase> phases) {

    /**
     * The rate rises, stays, and falls in a line to zero.
     *
     * @param steps in all
     * @param rate the highest
     * @param warmup steps of rising
     * @param falling steps of falling, the last ones
     */
    record Phase(int steps, double rate, int warmup, int falling) {

        double rate(int step) {
            double rise = Math.min(1, (step + 1.0) / warmup);
            double fall = Math.min(1, (steps - step) / (double) falling);
            return rate * Math.min(rise, fall);
        }
    }

    /** A schedule of one phase. */
    static PartSchedule of(int steps, double rate, int warmup, int falling) {
        return new PartSchedule(List.of(new Phase(steps, rate, warmup, falling)));
    }

    /** With another phase after it. */
    PartSchedule then(int steps, double rate, int warmup, int falling) {
        List<Phase> all = new ArrayList<>(phases);
        all.add(new Phase(steps, rate, warmup, falling));
        return new PartSchedule(List.copyOf(all));
    }

    /** Each phase with one step where this one has {@code by}, and at least one. */
    PartSchedule shortened(int by) {
        return new PartSchedule(
                phases.stream()
                        .map(
                                phase ->
                                        new Phase(
                                                Math.max(1, phase.steps / by),
                                                phase.rate,
                                                Math.max(1, phase.warmup / by),
                                                Math.max(1, phase.falling / by)))
                        .toList());
    }

    /** Steps in all. */
    int steps() {
        return phases.stream().mapToInt(Phase::steps).sum();
    }

    /** The number of the phase that a step belongs to. */
    int phase(int step) {
        int end = 0;
        for (int i = 0; i < phases.size(); i++) {
            end += phases.get(i).steps;
            if (step < end) {
                return i;
            }
        }
        return phases.size() - 1;
    }

    double rate(int step) {
        int phase = phase(step);
        int begin = phases.subList(0, phase).stream().mapToInt(Phase::steps).sum();
        return phases.get(phase).rate(step - begin);
    }
}
