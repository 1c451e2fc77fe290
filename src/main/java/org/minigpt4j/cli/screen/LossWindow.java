package org.minigpt4j.cli.screen;

/**
 * How the loss of a run went: means over the first and the last few steps that were seen.
 *
 * @param count steps seen
 * @param first mean over the first ones
 * @param last mean over the last ones
 */
public record LossWindow(int count, double first, double last) {

    /** Of a run that never began. */
    static final LossWindow NONE = new LossWindow(0, Double.NaN, Double.NaN);

    /** The two figures in words. */
    public String sentence() {
        return count == 0
                ? "Nothing was left to train."
                : "Loss %.3f at the start, %.3f at the end.".formatted(first, last);
    }
}
