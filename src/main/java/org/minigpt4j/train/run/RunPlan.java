package org.minigpt4j.train.run;

import ai.djl.Device;

import org.minigpt4j.config.RunConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.QFormerTuning;
import org.minigpt4j.model.kernel.Threads;
import org.minigpt4j.train.OptimizerConfig;
import org.minigpt4j.train.Schedule;
import org.minigpt4j.train.StepConfig;

import java.util.List;
import java.util.Optional;

/**
 * A configuration resolved for this machine, before anything large is read.
 *
 * @param config the configuration
 * @param devices one device for each replica
 * @param precision precision of the frozen parts
 * @param files the model's files, with known sizes
 * @param schedule length of the run
 */
public record RunPlan(
        TrainConfig config,
        List<Device> devices,
        ComputePrecision precision,
        ModelFiles files,
        Schedule schedule) {

    /**
     * Creates the plan, and sets the number of PyTorch threads that the configuration allows.
     *
     * @throws org.minigpt4j.UsageException if a device is missing or does not support the
     *     precision, or the model's sizes cannot be read
     */
    public static RunPlan of(TrainConfig config) {
        RunConfig run = config.run();
        if (run.threads() > 0) {
            Threads.set(run.threads());
        }
        List<Device> devices = RunDevices.of(config);
        Device first = devices.get(0);
        return new RunPlan(
                config,
                devices,
                ComputePrecision.of(run.precision(), first, run.amp()).requireOn(first),
                new ModelFiles(config.model(), config::where),
                Schedule.of(run));
    }

    /** How the Q-Former is trained; empty if it is frozen. */
    public Optional<QFormerTuning> tuning() {
        return config.model().freezeQformer()
                ? Optional.empty()
                : Optional.of(
                        new QFormerTuning(config.model().qformer().dropout(), config.run().seed()));
    }

    /** The optimizer settings for steps of {@code microBatches} micro-batches. */
    OptimizerConfig optimizing(Schedule schedule, int microBatches) {
        RunConfig run = config.run();
        return new OptimizerConfig(
                schedule,
                StepConfig.of(run, microBatches),
                run.beta2(),
                run.weightDecay(),
                precision == ComputePrecision.FP16);
    }
}
