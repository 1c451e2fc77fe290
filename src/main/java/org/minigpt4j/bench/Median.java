package org.minigpt4j.bench;

import java.util.Arrays;
import java.util.List;

/** The middle value, or the mean of the two middle values. */
final class Median {

    private Median() {}

    /** The median of at least one value, in any order. */
    static double of(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    /** The median of at least one value, in any order. */
    static double of(List<Double> values) {
        return of(values.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
