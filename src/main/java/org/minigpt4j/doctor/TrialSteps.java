package org.minigpt4j.doctor;

import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.data.BatchSettings;
import org.minigpt4j.generate.PlainSpeech;
import org.minigpt4j.train.Schedule;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.TrainListener;
import org.minigpt4j.train.run.LoadedRun;
import org.minigpt4j.train.run.RunPlan;
import org.minigpt4j.train.run.StartingPoint;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Runs a few steps of a run to measure them. It writes nothing and takes no lock. */
final class TrialSteps implements TrainListener {

    private final List<StepReport> reports = new ArrayList<>();

    private TrialSteps() {}

    /**
     * Runs {@code steps} steps from the projection that the run would start with.
     *
     * @param heard called first, with how well the language model predicts plain sentences
     * @throws InterruptedException if the thread is interrupted
     */
    static List<StepReport> of(
            TrainConfig config, StartingPoint start, int steps, Consumer<PlainSpeech> heard)
            throws InterruptedException {
        RunPlan plan = RunPlan.of(config);
        // A separate schedule, because the run may have ended or may be shorter than this trial.
        Schedule run = plan.schedule();
        Schedule few = new Schedule(1, steps, run.accumulate(), run.learningRate());
        TrialSteps trial = new TrialSteps();
        BatchSettings settings = BatchSettings.from(config).unlisted();
        try (LoadedRun loaded = LoadedRun.open(plan, start, settings, (key, bytes) -> {})) {
            heard.accept(loaded.speech());
            loaded.loop(few, TrainState.start(start.state().trainable()))
                    .optListeners(List.of(trial))
                    .run(() -> false);
        }
        return trial.reports;
    }

    @Override
    public void step(StepReport report) {
        reports.add(report);
    }
}
