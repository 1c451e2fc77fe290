package org.minigpt4j.cli;

import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;

/** A user's listener that looks at the figures and fails at the fifth step. */
public final class StepFiveFails extends TrainingListenerAdapter {

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        double loss = trainer.getMetrics().latestMetric("loss").getValue().doubleValue();
        if (batchData.getBatch().getProgress() == 5) {
            throw new IllegalStateException("step 5 has " + (loss > 0 ? "a loss" : "no loss"));
        }
    }
}
