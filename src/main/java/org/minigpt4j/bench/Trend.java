package org.minigpt4j.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A straight line fitted to a figure measured at every step. It uses medians, so that pauses and
 * other load have little effect. The steps are cut into {@value #BLOCKS} blocks of equal length,
 * and each block is represented by its median. The slope is the median of the slopes between any
 * two blocks (Theil and Sen). The interval is Sen's (1968), from the variance of Kendall's tau.
 *
 * @param first median of the first block
 * @param last median of the last block
 * @param slope change per step
 * @param low lower end of the slope's 95 % interval
 * @param high upper end of the slope's 95 % interval
 */
public record Trend(double first, double last, double slope, double low, double high) {

    /** Number of blocks, and the minimum number of values. */
    static final int BLOCKS = 40;

    private static final double Z = 1.96;

    /**
     * The trend of one value per step.
     *
     * @throws IllegalArgumentException if there are fewer values than blocks
     */
    public static Trend of(double[] values) {
        if (values.length < BLOCKS) {
            throw new IllegalArgumentException(values.length + " values are too few for a trend");
        }
        double[] medians = new double[BLOCKS];
        double[] middles = new double[BLOCKS];
        for (int b = 0; b < BLOCKS; b++) {
            int from = (int) ((long) values.length * b / BLOCKS);
            int to = (int) ((long) values.length * (b + 1) / BLOCKS);
            medians[b] = Median.of(Arrays.copyOfRange(values, from, to));
            middles[b] = (from + to - 1) / 2.0;
        }
        List<Double> slopes = new ArrayList<>();
        for (int i = 0; i < BLOCKS; i++) {
            for (int j = i + 1; j < BLOCKS; j++) {
                slopes.add((medians[j] - medians[i]) / (middles[j] - middles[i]));
            }
        }
        double[] sorted = slopes.stream().mapToDouble(d -> d).sorted().toArray();
        int pairs = sorted.length;
        double spread = Z * Math.sqrt(BLOCKS * (BLOCKS - 1.0) * (2.0 * BLOCKS + 5) / 18);
        int low = (int) Math.max(0, Math.floor((pairs - spread) / 2));
        int high = (int) Math.min(pairs - 1.0, Math.ceil((pairs + spread) / 2));
        return new Trend(
                medians[0], medians[BLOCKS - 1], Median.of(sorted), sorted[low], sorted[high]);
    }

    /** True if the interval contains zero, so the line may be flat. */
    public boolean isFlat() {
        return low <= 0 && high >= 0;
    }

    /** Growth over {@code steps} steps, as a fraction of the first value. */
    public double growth(int steps) {
        return first == 0 ? 0 : slope * steps / first;
    }
}
