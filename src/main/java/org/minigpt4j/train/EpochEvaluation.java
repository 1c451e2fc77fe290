package org.minigpt4j.train;

import org.minigpt4j.model.MiniGpt4;

import java.util.Map;
import java.util.OptionalDouble;

/**
 * Figures of the model at the end of an epoch, beside its loss. Whoever starts a run offers one; it
 * looks at the model and changes nothing.
 */
public interface EpochEvaluation {

    /** Measures nothing. */
    EpochEvaluation NONE = (step, model) -> Result.NOTHING;

    /**
     * What was measured.
     *
     * @param figures by their names in the record
     * @param selection what checkpoints are chosen by instead of the loss, lower is better; empty
     *     where the loss chooses
     */
    record Result(Map<String, Double> figures, OptionalDouble selection) {

        /** Nothing was measured. */
        public static final Result NOTHING = new Result(Map.of(), OptionalDouble.empty());
    }

    /** Measures, on the thread that has the model; what goes wrong ends no run. */
    Result of(int step, MiniGpt4 model);
}
