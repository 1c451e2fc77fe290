package org.minigpt4j.cli.screen;

import java.util.List;
import java.util.Locale;

/**
 * How the loss of a run went: means over the first and the last few steps that were seen, which are
 * never the same steps.
 *
 * @param count steps seen
 * @param first mean over the first ones
 * @param last mean over the last ones
 */
public record LossWindow(int count, double first, double last) {

    /** Steps averaged at either end: one batch of a small run says little. */
    private static final int ENDS = 10;

    /** Of a run that never began. */
    static final LossWindow NONE = new LossWindow(0, Double.NaN, Double.NaN);

    static LossWindow of(List<Double> losses) {
        int n = losses.size();
        int ends = Math.min(ENDS, Math.max(1, n / 2));
        return n == 0
                ? NONE
                : new LossWindow(
                        n, mean(losses.subList(0, ends)), mean(losses.subList(n - ends, n)));
    }

    private static double mean(List<Double> losses) {
        return losses.stream().mapToDouble(loss -> loss).average().orElse(Double.NaN);
    }

    /** The two figures in words. */
    public String sentence() {
        return switch (count) {
            case 0 -> "Nothing was left to train.";
            case 1 -> String.format(Locale.ROOT, "Loss %.3f in one step.", last);
            default ->
                    String.format(
                            Locale.ROOT, "Loss %.3f at the start, %.3f at the end.", first, last);
        };
    }
}
