package org.minigpt4j.checkpoint;

import java.util.List;

/**
 * An accumulated gradient that is not finite, and what makes it happen again.
 *
 * @param before the state to go on from, which has accumulated what comes before its step
 * @param first the first step of the accumulation, counted from 1
 * @param last its last one, at whose end an update was due
 * @param keys samples of the steps after {@code before}
 */
public record FailedAccumulation(TrainState before, int first, int last, List<String> keys) {

    /** Which steps it is about, in words. */
    public String steps() {
        return first == last ? "step " + last : "steps " + first + " to " + last;
    }
}
