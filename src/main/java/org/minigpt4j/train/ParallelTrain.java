package org.minigpt4j.train;

import ai.djl.training.GradientCollector;

import org.minigpt4j.model.ProjectionValues;

import java.util.ArrayList;
import java.util.List;

/**
 * The training loop. An iteration takes a fixed number of micro-batches, sends each through a
 * replica, sums the gradients in the order of the micro-batches, and lets the optimizer step.
 *
 * <p>DJL has no class of this name, and the threaded path of its {@code EasyTrain} starts its
 * futures without ever joining them, so that a step reads half-made gradients.
 */
public final class ParallelTrain {

    private final Replica replica;
    private final BatchSource source;
    private final Schedule schedule;
    private final AdamW optimizer;
    private final List<TrainListener> listeners;
    private final ProjectionValues projection;
    private final ProjectionValues pending;
    private int done;
    private long position;

    ParallelTrain(
            Replica replica,
            BatchSource source,
            Schedule schedule,
            AdamW optimizer,
            TrainState start,
            List<TrainListener> listeners) {
        this.replica = replica;
        this.source = source;
        this.schedule = schedule;
        this.optimizer = optimizer;
        this.listeners = listeners;
        projection = start.projection();
        pending = start.pending();
        done = start.iteration();
        position = start.position();
    }

    /**
     * Trains to the end of the schedule.
     *
     * @throws InterruptedException if the thread is told to stop; the state of the last checkpoint
     *     stays
     */
    public void run() throws InterruptedException {
        replica.setProjection(projection);
        listeners.forEach(l -> l.begin(done, schedule.total()));
        List<StepReport> epochSteps = new ArrayList<>();
        while (done < schedule.total()) {
            int epoch = done / schedule.iterations();
            int iteration = done % schedule.iterations();
            double rate = schedule.learningRate().at(epoch, iteration);

            long begin = System.nanoTime();
            Batch batch = source.next();
            position++;
            long ready = System.nanoTime();
            int labels = batch.text().labels().length;
            double perLabel = 1.0 / Math.max(labels, 1);
            Replica.Result result;
            try (GradientCollector collector = newCollector()) {
                result = replica.forwardBackward(batch, collector, perLabel);
            }
            double norm = result.gradient().norm();
            pending.add(result.gradient());
            if ((iteration + 1) % schedule.accumulate() == 0) {
                optimizer.step(projection, pending, rate);
                pending.clear();
                replica.setProjection(projection);
            }
            done++;

            StepReport report =
                    new StepReport(
                            done,
                            epoch,
                            iteration,
                            result.loss() * perLabel,
                            rate,
                            norm,
                            batch.text().size(),
                            batch.text().attendedTokens(),
                            (System.nanoTime() - begin) / 1e9,
                            (ready - begin) / 1e9);
            epochSteps.add(report);
            listeners.forEach(l -> l.step(report));
            if (iteration + 1 == schedule.iterations()) {
                EpochReport summary = summary(epoch, epochSteps);
                listeners.forEach(l -> l.epoch(summary));
                epochSteps.clear();
            }
        }
        listeners.forEach(TrainListener::end);
    }

    private static GradientCollector newCollector() {
        return ai.djl.engine.Engine.getInstance().newGradientCollector();
    }

    private EpochReport summary(int epoch, List<StepReport> steps) {
        return new EpochReport(
                epoch,
                state(),
                steps.stream().mapToDouble(StepReport::loss).average().orElseThrow(),
                steps.stream().mapToDouble(StepReport::learningRate).average().orElseThrow(),
                source.skipped());
    }

    /** Where the run stands; shares the loop's arrays, so it holds until the next iteration. */
    public TrainState state() {
        return new TrainState(
                done,
                position,
                optimizer.stepCount(),
                projection,
                optimizer.firstMoment(),
                optimizer.secondMoment(),
                pending);
    }
}
