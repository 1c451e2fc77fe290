package org.minigpt4j.train;

import org.minigpt4j.FailedException;
import org.minigpt4j.config.Accumulation;
import org.minigpt4j.model.ProjectionValues;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;

/**
 * The training loop. An iteration takes a fixed number of micro-batches, sends each through a
 * replica, sums the gradients in the order of the micro-batches, and lets the optimizer step.
 *
 * <p>DJL has no class of this name, and the threaded path of its {@code EasyTrain} starts its
 * futures without ever joining them, so that a step reads half-made gradients.
 */
public final class ParallelTrain {

    private final Replicas replicas;
    private final BatchSource source;
    private final Validation validation;
    private final Schedule schedule;
    private final StepRules rules;
    private final AdamW optimizer;
    private final LossScaler scaler;
    private final List<TrainListener> listeners;
    private final Saver saver;
    private final ProjectionValues projection;
    private final ProjectionValues pending;
    private int done;
    private long position;
    private Tally tally;

    // The iterations since the last update, in case their gradient turns out not to be finite.
    private final List<String> gathered = new ArrayList<>();
    private TrainState beforeGathering;

    ParallelTrain(
            Replicas replicas,
            BatchSource source,
            Validation validation,
            Schedule schedule,
            StepRules rules,
            AdamW optimizer,
            LossScaler scaler,
            TrainState start,
            List<TrainListener> listeners,
            Saver saver) {
        this.replicas = replicas;
        this.source = source;
        this.validation = validation;
        this.schedule = schedule;
        this.rules = rules;
        this.optimizer = optimizer;
        this.scaler = scaler;
        this.listeners = listeners;
        this.saver = saver;
        projection = start.projection();
        pending = start.pending();
        done = start.iteration();
        position = start.position();
        tally = start.tally();
    }

    /**
     * Trains to the end of the schedule, or until {@code stop} says so behind an iteration.
     *
     * @throws FailedException if a replica fails, or too many updates in a row were not finite
     * @throws InterruptedException if the thread is told to stop; the state of the last checkpoint
     *     stays
     */
    public Ending run(BooleanSupplier stop) throws InterruptedException {
        replicas.setProjection(projection);
        listeners.forEach(l -> l.begin(done, schedule.total()));
        beforeGathering = state();
        while (done < schedule.total()) {
            int epoch = done / schedule.iterations();
            int iteration = done % schedule.iterations();
            boolean last = iteration + 1 == schedule.iterations();
            boolean due = (iteration + 1) % schedule.accumulate() == 0;

            iterate(epoch, iteration, due);
            if (tally.skips() > rules.maxSkips()) {
                throw notFinite();
            }
            if (last) {
                endEpoch(epoch);
            }
            if (due) {
                gathered.clear();
                beforeGathering = state();
            }
            boolean stopping = stop.getAsBoolean() && done < schedule.total();
            saver.after(done, last || stopping, this::state);
            if (stopping) {
                return Ending.STOPPED;
            }
        }
        listeners.forEach(TrainListener::end);
        return Ending.FINISHED;
    }

    /** Forward, backward, and if it is due, a step of the optimizer. */
    private void iterate(int epoch, int iteration, boolean due) throws InterruptedException {
        double rate = schedule.learningRate().at(epoch, iteration);
        var clock = new Phases.Clock();
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
        pending.add(gradient);
        double norm = gradient.norm();
        double reduceSeconds = clock.lap();

        boolean skipped = due && !update(rate);
        done++;
        Losses loss = Losses.of(results, batches, divisors);
        tally = tally.plus(loss.objective(), rate);
        var phases = new Phases(dataSeconds, computeSeconds, reduceSeconds, clock.lap());

        Workload work = Workload.of(batches, replicas.backbone());
        double peak = replicas.peakFlops();
        double mean = loss.tokenMean();
        StepReport report =
                new StepReport(
                        done, epoch, iteration, mean, rate, norm, scale, skipped, work, phases,
                        peak);
        listeners.forEach(l -> l.step(report));
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
            gathered.addAll(batch.keys());
            batches.add(batch);
            position++;
        }
        return batches;
    }

    /** Lets the optimizer step along the gathered gradient; false if that is not finite. */
    private boolean update(double rate) {
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

    private FailedException notFinite() {
        String kept = saver.keepFailure(beforeGathering, gathered);
        return new FailedException(
                "the gradient of iteration "
                        + done
                        + " is not finite, for the "
                        + tally.skips()
                        + ". time in a row (run.max_skips is "
                        + rules.maxSkips()
                        + "). "
                        + kept);
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
                pending,
                scaler.state(),
                tally);
    }
}
