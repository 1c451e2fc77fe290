package org.minigpt4j.train;

import org.minigpt4j.FailedException;
import org.minigpt4j.checkpoint.CheckpointSink;
import org.minigpt4j.checkpoint.FailedAccumulation;
import org.minigpt4j.checkpoint.RunningMeans;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.config.Accumulation;
import org.minigpt4j.model.ProjectionValues;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;

/**
 * The training loop. An iteration takes a fixed number of micro-batches, sends each through a
 * replica, sums the gradients in the one order of {@link CanonicalSum}, and lets the optimizer
 * step.
 *
 * <p>DJL has no class of this name, and the threaded path of its {@code EasyTrain} starts its
 * futures without ever joining them, so that a step reads half-made gradients.
 */
public final class ParallelTrain {

    private final Replicas replicas;
    private final BatchSource source;
    private final Schedule schedule;
    private final StepConfig rules;
    private final AdamW optimizer;
    private final LossScaler scaler;
    private final ProjectionValues projection;
    private final GradientAccumulation gathering;
    private Validation validation = Validation.NONE;
    private List<TrainListener> listeners = List.of();
    private CheckpointSink saver = CheckpointSink.NONE;
    private int done;
    private long position;
    private RunningMeans tally;

    /** A loop that goes on from {@code start}, whose arrays it takes over. */
    public ParallelTrain(
            Replicas replicas, BatchSource source, OptimizerConfig recipe, TrainState start) {
        this.replicas = replicas;
        this.source = source;
        schedule = recipe.schedule();
        rules = recipe.rules();
        optimizer = recipe.optimizer(start);
        scaler = recipe.scaler(start);
        projection = start.projection();
        gathering = new GradientAccumulation(start, schedule.lastUpdate(start.iteration()));
        done = start.iteration();
        position = start.position();
        tally = start.tally();
    }

    /** What is measured at the end of each epoch; nothing by default. */
    public ParallelTrain optValidation(Validation held) {
        validation = held;
        return this;
    }

    /** Who is told of what happens; nobody by default. */
    public ParallelTrain optListeners(List<? extends TrainListener> told) {
        listeners = List.copyOf(told);
        return this;
    }

    /** What keeps the states; nothing by default. */
    public ParallelTrain optSaver(CheckpointSink keeper) {
        saver = keeper;
        return this;
    }

    /**
     * Trains to the end of the schedule, or until {@code stop} says so between two iterations.
     *
     * @throws FailedException if a replica fails, or too many updates in a row were not finite
     * @throws InterruptedException if the thread is told to stop; the state of the last checkpoint
     *     stays
     */
    public RunOutcome run(BooleanSupplier stop) throws InterruptedException {
        replicas.setProjection(projection);
        listeners.forEach(l -> l.begin(done, schedule.total()));
        while (done < schedule.total()) {
            if (stop.getAsBoolean()) {
                saver.after(done, true, this::state);
                return RunOutcome.STOPPED;
            }
            int epoch = done / schedule.iterations();
            iterate(epoch, done % schedule.iterations());
            boolean last = done % schedule.iterations() == 0;
            if (last) {
                endEpoch(epoch);
            }
            if (schedule.updatesAt(done)) {
                gathering.beginAt(state());
            }
            saver.after(done, last, this::state);
        }
        listeners.forEach(TrainListener::end);
        return RunOutcome.FINISHED;
    }

    /** Forward, backward, and if it is due, a step of the optimizer. */
    private void iterate(int epoch, int iteration) throws InterruptedException {
        double rate = schedule.learningRate().at(epoch, iteration);
        var clock = new StepTimes.Clock();
        List<Batch> batches = nextBatches();
        double dataSeconds = clock.lap();

        // Each loss is divided by its labels; the scale keeps small float16 gradients alive.
        double scale = scaler.scale();
        double[] divisors = rules.divisors(batches);
        double[] factors = Arrays.stream(divisors).map(labels -> scale / labels).toArray();
        List<Replica.Result> results = replicas.forwardBackward(batches, factors);
        double computeSeconds = clock.lap();

        ProjectionValues gradient = CanonicalSum.of(Replica.Result.gradients(results));
        gradient.scale((float) (1 / (scale * rules.microBatches())));
        gathering.gradient().add(gradient);
        double norm = gradient.norm();
        double reduceSeconds = clock.lap();

        done++;
        boolean skipped = schedule.updatesAt(done) && !update(rate);
        Losses loss = Losses.of(results, batches, divisors);
        tally = tally.plus(loss.objective(), rate);
        var phases = new StepTimes(dataSeconds, computeSeconds, reduceSeconds, clock.lap());

        Workload work = Workload.of(batches, replicas.backbone());
        double peak = replicas.peakFlops();
        double mean = loss.tokenMean();
        StepReport report =
                new StepReport(
                        done, epoch, iteration, mean, rate, norm, scale, skipped, work, phases,
                        peak);
        listeners.forEach(l -> l.step(report));
        if (tally.skips() > rules.maxSkips()) {
            throw notFinite(gathering.failure(done));
        }
    }

    private void endEpoch(int epoch) throws InterruptedException {
        OptionalDouble heldOut = validation.loss(replicas);
        if (heldOut.isPresent()) {
            tally = tally.measured(heldOut.getAsDouble());
        }
        double mean = tally.meanLoss();
        double rate = tally.meanRate();
        var summary = new EpochReport(epoch, state(), mean, rate, heldOut, source.skipped());
        tally = tally.nextEpoch();
        listeners.forEach(l -> l.epoch(summary));
    }

    private List<Batch> nextBatches() throws InterruptedException {
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < rules.microBatches(); i++) {
            Batch batch = source.next();
            gathering.take(batch);
            batches.add(batch);
            position++;
        }
        return batches;
    }

    /** Lets the optimizer step along the gathered gradient; false if that is not finite. */
    private boolean update(double rate) {
        ProjectionValues pending = gathering.gradient();
        if (rules.accumulation() == Accumulation.MEAN) {
            pending.scale(1f / schedule.accumulate());
        }
        double norm = pending.norm();
        boolean finite = Double.isFinite(norm);
        if (finite) {
            // torch.nn.utils.clip_grad_norm_ adds the same 1e-6
            rules.maxGradNorm()
                    .filter(most -> norm > most)
                    .ifPresent(most -> pending.scale((float) (most / (norm + 1e-6))));
            optimizer.step(projection, pending, rate);
            replicas.setProjection(projection);
        }
        pending.clear();
        scaler.updated(finite);
        tally = tally.updated(finite);
        return finite;
    }

    private FailedException notFinite(FailedAccumulation failure) {
        return new FailedException(
                "the gradient of "
                        + failure.steps()
                        + " is not finite, for the "
                        + tally.skips()
                        + ". time in a row (run.max_skips is "
                        + rules.maxSkips()
                        + "). "
                        + saver.keepFailure(failure));
    }

    /** Where the run stands; shares the loop's arrays, so it holds until the next iteration. */
    public TrainState state() {
        return new TrainState(
                done,
                position,
                optimizer.stepCount(),
                rules.microBatches(),
                projection,
                optimizer.firstMoment(),
                optimizer.secondMoment(),
                gathering.gradient(),
                scaler.state(),
                tally);
    }
}
