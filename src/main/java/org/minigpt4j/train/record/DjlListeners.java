package org.minigpt4j.train.record;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Blocks;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.train.EpochReport;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.TrainListener;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Runs the user's DJL listeners. They receive the same events as our own listeners, in DJL's terms.
 * A {@link Trainer} that trains nothing carries the figures of the current epoch as {@link
 * Metrics}, so they do not accumulate. The batch has a size and a position, but no tensors.
 */
public final class DjlListeners implements TrainListener, AutoCloseable {

    private static final String KEY = "run.listeners";

    private final List<TrainingListener> listeners;
    private Model model;
    private Trainer trainer;
    private int total;

    private DjlListeners(List<TrainingListener> listeners) {
        this.listeners = listeners;
    }

    /**
     * Creates the listeners named in the configuration.
     *
     * @throws UsageException if one cannot be created
     */
    public static DjlListeners open(TrainConfig config) {
        List<TrainingListener> listeners = new ArrayList<>();
        for (String name : config.run().listeners()) {
            listeners.add(make(name, config.where(KEY) + ": " + KEY));
        }
        return new DjlListeners(listeners);
    }

    private static TrainingListener make(String name, String setting) {
        try {
            return new NamedListener(
                    setting,
                    Class.forName(name)
                            .asSubclass(TrainingListener.class)
                            .getDeclaredConstructor()
                            .newInstance());
        } catch (ClassNotFoundException e) {
            throw new UsageException(
                    setting + ": there is no class " + name + "; put its jar into target/lib", e);
        } catch (ClassCastException e) {
            throw new UsageException(
                    setting + ": " + name + " is not a " + TrainingListener.class.getName(), e);
        } catch (ReflectiveOperationException e) {
            throw new UsageException(
                    setting + ": " + name + " has no working constructor without parameters: " + e,
                    e);
        }
    }

    @Override
    public void begin(int step, int steps) {
        total = steps;
        if (listeners.isEmpty()) {
            return;
        }
        model = Model.newInstance("minigpt4", Device.cpu());
        model.setBlock(Blocks.identityBlock());
        trainer =
                model.newTrainer(
                        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                                .optDevices(new Device[] {Device.cpu()})
                                .addTrainingListeners(listeners.toArray(TrainingListener[]::new)));
        trainer.setMetrics(new Metrics());
    }

    @Override
    public void step(StepReport report) {
        if (listeners.isEmpty()) {
            return;
        }
        StepFigures.of(report).forEach(trainer.getMetrics()::addMetric);
        Batch batch =
                new Batch(
                        trainer.getManager().newSubManager(),
                        new NDList(),
                        new NDList(),
                        report.work().samples(),
                        null,
                        null,
                        report.step(),
                        total);
        try (batch) {
            var data = new TrainingListener.BatchData(batch, Map.of(), Map.of());
            listeners.forEach(listener -> listener.onTrainingBatch(trainer, data));
        }
    }

    @Override
    public void epoch(EpochReport report) {
        if (listeners.isEmpty()) {
            return;
        }
        StepFigures.of(report).forEach(trainer.getMetrics()::addMetric);
        listeners.forEach(listener -> listener.onEpoch(trainer));
        trainer.setMetrics(new Metrics());
    }

    /** Notifies the listeners that training has ended, successfully or not. */
    @Override
    public void close() {
        if (trainer != null) {
            trainer.close();
            model.close();
            trainer = null;
        }
    }
}
