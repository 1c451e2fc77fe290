package org.minigpt4j.train;

import org.minigpt4j.checkpoint.CheckpointSink;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.config.Accumulation;
import org.minigpt4j.config.LossReduction;
import org.minigpt4j.data.BatchSource;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.GoldenModel;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.QFormerTuning;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Runs on the reference's tiny model, with everything about them to choose. */
public final class GoldenRun {

    static final int STEPS = 4;
    static final int EPOCHS = 3;

    public StepConfig rules =
            new StepConfig(4, LossReduction.TOKENS, Accumulation.SUM, Optional.empty(), 0);
    public int stepsPerEpoch = STEPS;
    public int epochsToRun = EPOCHS;
    int accumulate = 1;
    public int replicas = 1;
    boolean scaled;
    Optional<QFormerTuning> tuning = Optional.empty();
    CheckpointSink saver = CheckpointSink.NONE;
    BooleanSupplier stop = () -> false;
    BatchSource source;
    Validation validation = Validation.NONE;
    public Consumer<StepReport> watch = report -> {};
    final List<StepReport> steps = new ArrayList<>();
    final List<EpochReport> epochs = new ArrayList<>();

    private final Backbone backbone;

    public GoldenRun(Backbone backbone) {
        this.backbone = backbone;
    }

    public static TrainState fresh() {
        return TrainState.start(GoldenModel.initialProjection());
    }

    /** Runs from a state until the end or {@code stop}, and gives the state then. */
    public TrainState from(TrainState state) throws InterruptedException {
        TrainState start = state.copy();
        var rate =
                new LearningRate.LinearWarmupCosine(
                        1e-2, 1e-3, 1e-4, 2, stepsPerEpoch, epochsToRun);
        List<Replica> parts =
                IntStream.range(0, replicas)
                        .mapToObj(
                                i ->
                                        new Replica(
                                                new MiniGpt4(backbone, tuning, 1),
                                                GoldenBatches::features))
                        .toList();
        var listener =
                new TrainListener() {
                    @Override
                    public void step(StepReport report) {
                        steps.add(report);
                        watch.accept(report);
                    }

                    @Override
                    public void epoch(EpochReport report) {
                        epochs.add(report);
                    }
                };
        try (Replicas all = new Replicas(parts, 1e12);
                BatchSource batches =
                        source == null ? new GoldenBatches(start.position()) : source) {
            var schedule = new Schedule(epochsToRun, stepsPerEpoch, accumulate, rate);
            var recipe = new OptimizerConfig(schedule, rules, 0.999, 0.05, scaled);
            ParallelTrain train =
                    new ParallelTrain(all, batches, recipe, start)
                            .optValidation(validation)
                            .optListeners(List.of(listener))
                            .optCheckpoints(saver);
            train.run(stop);
            return train.state().copy();
        }
    }

    /** Stops after so many steps of this process. */
    GoldenRun stopAfter(int count) {
        stop = () -> steps.size() >= count;
        return this;
    }
}
