package org.minigpt4j.train;

import org.minigpt4j.FailedException;
import org.minigpt4j.checkpoint.CheckpointSink;
import org.minigpt4j.checkpoint.RunningMeans;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.config.Accumulation;
import org.minigpt4j.data.BatchSource;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.train.GradientReducer.StepSum;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;

/**
 * The training loop. A step takes a fixed number of micro-batches, sends each through a replica,
 * and sums the gradients in the order of {@link CanonicalSum}. Once enough steps have accumulated,
 * it updates the trainable tensors.
 *
 * <p>DJL has no class with this name. The threaded path of its {@code EasyTrain} starts futures but
 * never joins them, so a step may read incomplete gradients.
 */
public final class ParallelTrain {

    private final Replicas replicas;
    private final BatchSource source;
    private final Schedule schedule;
    private final StepConfig config;
    private final AdamW optimizer;
    private final LossScaler scaler;
    private final TrainableValues trainable;
    private final TrainableValues carried;
    private final GradientAccumulation accumulation;
    private GradientReducer reducer;
    private Validation validation = Validation.NONE;
    private EpochEvaluation evaluation = EpochEvaluation.NONE;
    private List<TrainListener> listeners = List.of();
    private CheckpointSink checkpoints = CheckpointSink.NONE;
    private int step;
    private long position;
    private RunningMeans means;

    /** A loop that continues from {@code start} and takes ownership of its arrays. */
    public ParallelTrain(
            Replicas replicas, BatchSource source, OptimizerConfig optimizing, TrainState start) {
        this.replicas = replicas;
        this.source = source;
        schedule = optimizing.schedule();
        config = optimizing.rules();
        optimizer = optimizing.optimizer(start);
        scaler = optimizing.scaler(start);
        trainable = start.trainable();
        carried = start.carried();
        accumulation = new GradientAccumulation(start, schedule.lastUpdate(start.step()));
        reducer = GradientReducer.local(config.microBatches());
        step = start.step();
        position = start.position();
        means = start.means();
    }

    /** Sets how gradients are summed; the default is this host only. */
    public ParallelTrain optReducer(GradientReducer gradients) {
        reducer = gradients;
        return this;
    }

    /** Sets the held-out data to measure at the end of each epoch; the default is none. */
    public ParallelTrain optValidation(Validation heldOut) {
        validation = heldOut;
        return this;
    }

    /** Sets an evaluation to run at the end of each epoch; the default is none. */
    public ParallelTrain optEvaluation(EpochEvaluation atEnds) {
        evaluation = atEnds;
        return this;
    }

    /** Sets the listeners; the default is none. */
    public ParallelTrain optListeners(List<? extends TrainListener> told) {
        listeners = List.copyOf(told);
        return this;
    }

    /** Sets where states are saved; by default they are not. */
    public ParallelTrain optCheckpoints(CheckpointSink sink) {
        checkpoints = sink;
        return this;
    }

    /**
     * Trains until the schedule ends, or until {@code stop} returns true between two steps.
     *
     * @throws FailedException if a replica fails, or too many updates in a row were not finite
     * @throws InterruptedException if the thread is interrupted; the last checkpoint is kept
     */
    public RunOutcome run(BooleanSupplier stop) throws InterruptedException {
        replicas.setTrainable(trainable);
        listeners.forEach(l -> l.begin(step, schedule.total()));
        while (step < schedule.total()) {
            var clock = new StepTimes.Clock();
            if (!source.await(reducer.share().count(), stop)) {
                checkpoints.after(step, true, this::state);
                return RunOutcome.STOPPED;
            }
            int epoch = step / schedule.stepsPerEpoch();
            double rate = schedule.learningRate().at(epoch, step % schedule.stepsPerEpoch());

            double scale = scaler.scale();
            double dataSeconds = clock.lap();
            var work = new StepInMaking(source, replicas, config, position, scale, this::state);
            Optional<StepSum> made = reducer.sum(work);
            if (made.isEmpty()) {
                return RunOutcome.STOPPED;
            }
            StepSum sum = made.get();
            double reduceSeconds = clock.lap() - work.dataSeconds() - work.computeSeconds();
            dataSeconds += work.dataSeconds();
            accumulation.take(work.batches());
            position += config.microBatches();
            double[] divisors = config.divisors(sum.labels());
            sum.gradient().scale((float) (1 / (scale * config.microBatches())));
            TrainableValues gradient = accumulation.gradient();
            gradient.add(sum.gradient());
            double gradientNorm = sum.gradient().norm();

            step++;
            boolean updates = schedule.updatesAt(step);
            boolean finite = true;
            if (updates) {
                if (config.accumulation() == Accumulation.MEAN) {
                    gradient.scale(1f / schedule.accumulate());
                }
                double norm = gradient.norm();
                finite = Double.isFinite(norm);
                if (finite) {
                    config.clip(gradient, norm);
                    optimizer.step(trainable, gradient, rate);
                    replicas.setTrainable(trainable);
                }
                scaler.updated(finite);
                gradient.clear();
            }
            Losses loss = Losses.of(sum.losses(), sum.labels(), divisors);
            means = means.plus(loss.objective(), rate, updates, finite);
            double updateSeconds = clock.lap();

            report(
                    new StepReport(
                            step,
                            epoch,
                            loss.tokenMean(),
                            rate,
                            gradientNorm,
                            scale,
                            !finite,
                            sum.work(),
                            new StepTimes(
                                    dataSeconds,
                                    work.computeSeconds(),
                                    reduceSeconds,
                                    updateSeconds),
                            ProcessMemory.now(replicas.devices()),
                            replicas.peakFlops()));

            boolean endsEpoch = schedule.endsEpochAt(step);
            if (endsEpoch) {
                OptionalDouble heldOut = validation.loss(replicas);
                EpochEvaluation.Result measured = evaluated();
                RunningMeans whole = means;
                boolean chosen = measured.selection().isPresent();
                means = means.nextEpoch(chosen ? measured.selection() : heldOut);
                report(epoch, whole, heldOut, measured.figures());
            }
            if (updates) {
                accumulation.beginAt(state());
            }
            checkpoints.after(step, endsEpoch, this::state);
        }
        listeners.forEach(TrainListener::end);
        return RunOutcome.FINISHED;
    }

    private void report(StepReport report) {
        listeners.forEach(l -> l.step(report));
        if (means.skips() > config.maxSkips()) {
            var failure = accumulation.failure(step);
            throw new FailedException(
                    ("the gradient of %s is not finite, for the %d. time in a row (run.max_skips is"
                                    + " %d). %s")
                            .formatted(
                                    failure.steps(),
                                    means.skips(),
                                    config.maxSkips(),
                                    checkpoints.keepFailure(failure)));
        }
    }

    private EpochEvaluation.Result evaluated() throws InterruptedException {
        return evaluation == EpochEvaluation.NONE
                ? EpochEvaluation.Result.NOTHING
                : replicas.aside(model -> evaluation.of(step, model));
    }

    private void report(
            int epoch, RunningMeans whole, OptionalDouble heldOut, Map<String, Double> figures) {
        double loss = whole.meanLoss();
        double rate = whole.meanRate();
        var report = new EpochReport(epoch, step, loss, rate, heldOut, figures, source.skipped());
        listeners.forEach(l -> l.epoch(report));
    }

    /** The current state. It shares the loop's arrays, so it is valid only until the next step. */
    public TrainState state() {
        return new TrainState(
                step,
                position,
                optimizer.stepCount(),
                config.microBatches(),
                trainable,
                optimizer.firstMoment(),
                optimizer.secondMoment(),
                accumulation.gradient(),
                scaler.state(),
                means,
                carried);
    }
}
