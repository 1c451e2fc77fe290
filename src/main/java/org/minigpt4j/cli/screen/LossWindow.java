package org.minigpt4j.cli.screen;

import java.util.List;
import java.util.Locale;

/**
 * The loss at the start and the end of a run: means over the first and the last few steps, which
 * never overlap.
 *
 * @param count number of steps seen
 * @param first mean loss of the first steps
 * @param last mean loss of the last steps
 */
public record LossWindow(int count, double first, double last) {

    /** Number of steps averaged at either end; a single batch of a small run says little. */
    private static final int ENDS = 10;

    /** The value for a run without steps. */
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

    /** The two losses as a sentence. */
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
