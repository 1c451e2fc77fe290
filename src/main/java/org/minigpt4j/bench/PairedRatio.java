package org.minigpt4j.bench;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The median of ratios that were measured in pairs, with its 95 % interval from the percentile
 * bootstrap (Efron and Tibshirani 1993, chapter 13).
 *
 * @param median median of the ratios
 * @param low lower end of the interval
 * @param high upper end of the interval
 * @param pairs number of ratios
 */
public record PairedRatio(double median, double low, double high, int pairs) {

    private static final int SAMPLES = 10_000;
    private static final double TAIL = 0.025;

    /**
     * Computes the median and its interval; the result is deterministic.
     *
     * @throws IllegalArgumentException if there are no ratios
     */
    public static PairedRatio of(List<Double> ratios) {
        if (ratios.isEmpty()) {
            throw new IllegalArgumentException("no ratios");
        }
        double[] values = ratios.stream().mapToDouble(Double::doubleValue).toArray();
        var random = new SplittableRandom(0);
        double[] medians = new double[SAMPLES];
        double[] drawn = new double[values.length];
        for (int s = 0; s < SAMPLES; s++) {
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = values[random.nextInt(values.length)];
            }
            medians[s] = Median.of(drawn);
        }
        Arrays.sort(medians);
        return new PairedRatio(
                Median.of(values),
                medians[(int) (TAIL * SAMPLES)],
                medians[(int) ((1 - TAIL) * SAMPLES) - 1],
                values.length);
    }
}
