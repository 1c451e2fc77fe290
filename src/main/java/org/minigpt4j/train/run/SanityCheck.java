package org.minigpt4j.train.run;

import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.TrainListener;

import java.util.function.Consumer;

/**
 * Warns in the first steps of a process if training is futile: the loss stays at the logarithm of
 * the vocabulary size, as for a model that knows nothing, or no token has a label.
 */
final class SanityCheck implements TrainListener {

    private static final int STEPS = 20;
    private static final double BAND = 0.03;

    private final int vocabulary;
    private final Consumer<String> warn;
    private int seen;
    private boolean stuck = true;
    private boolean warned;

    SanityCheck(int vocabulary, Consumer<String> warn) {
        this.vocabulary = vocabulary;
        this.warn = warn;
    }

    @Override
    public void step(StepReport report) {
        if (++seen > STEPS) {
            return;
        }
        double chance = Math.log(vocabulary);
        stuck &= Math.abs(report.loss() - chance) < BAND * chance;
        if (report.work().labels() == 0 && !warned) {
            warned = true;
            warn.accept(
                    "warning: no token of step "
                            + report.step()
                            + " has a label, so nothing is learned from it. Are the"
                            + " captions empty, or do they consist only of the"
                            + " end-of-sequence token?");
        }
        if (seen == STEPS && stuck) {
            warn.accept(
                    "warning: for %d steps the loss has been at %.3f, the logarithm of the"
                                    .formatted(STEPS, chance)
                            + " vocabulary: the language model does not know its tokens. Is the"
                            + " Vicuna delta merged (launch/weights merge-delta), and does the"
                            + " tokenizer belong to the weights?");
        }
    }
}
