package org.minigpt4j.train.record;

import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListener;

import org.minigpt4j.FailedException;

/**
 * Wraps a user's listener so that its errors name the setting.
 *
 * @param setting the key that named it, with file and line
 */
record NamedListener(String setting, TrainingListener listener) implements TrainingListener {

    @Override
    public void onEpoch(Trainer trainer) {
        call("onEpoch", () -> listener.onEpoch(trainer));
    }

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData data) {
        call("onTrainingBatch", () -> listener.onTrainingBatch(trainer, data));
    }

    @Override
    public void onValidationBatch(Trainer trainer, BatchData data) {
        call("onValidationBatch", () -> listener.onValidationBatch(trainer, data));
    }

    @Override
    public void onTrainingBegin(Trainer trainer) {
        call("onTrainingBegin", () -> listener.onTrainingBegin(trainer));
    }

    @Override
    public void onTrainingEnd(Trainer trainer) {
        call("onTrainingEnd", () -> listener.onTrainingEnd(trainer));
    }

    private void call(String method, Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | LinkageError e) {
            throw new FailedException(
                    setting
                            + ": "
                            + listener.getClass().getName()
                            + " failed in "
                            + method
                            + ": "
                            + e
                            + "; fix it, or remove it from the list, and run the same"
                            + " command to continue",
                    e);
        }
    }
}
