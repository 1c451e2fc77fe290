package org.minigpt4j.train;

import org.minigpt4j.model.MiniGpt4;

import java.util.Map;
import java.util.OptionalDouble;

/**
 * Evaluates the model at the end of an epoch, in addition to the loss. The program that starts a
 * run provides it. It must not change the model.
 */
public interface EpochEvaluation {

    /** No evaluation. */
    EpochEvaluation NONE = (step, model) -> Result.NOTHING;

    /**
     * The result of an evaluation.
     *
     * @param figures results by their name in the record
     * @param selection the value that checkpoints are compared by, lower is better; if empty, the
     *     loss is used
     */
    record Result(Map<String, Double> figures, OptionalDouble selection) {

        /** The result if nothing was evaluated. */
        public static final Result NOTHING = new Result(Map.of(), OptionalDouble.empty());
    }

    /** Evaluates the model, on the thread that owns it. Failures must not end the run. */
    Result of(int step, MiniGpt4 model);
}
