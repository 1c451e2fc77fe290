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
 * What a configuration comes to on this machine, before anything large is read.
 *
 * @param config the configuration
 * @param devices one for each replica
 * @param precision of the frozen parts
 * @param files of the model, whose sizes are known
 * @param schedule how long the run is
 */
public record RunPlan(
        TrainConfig config,
        List<Device> devices,
        ComputePrecision precision,
        ModelFiles files,
        Schedule schedule) {

    /**
     * Makes the plan, and gives PyTorch the threads that the configuration allows.
     *
     * @throws org.minigpt4j.UsageException if a device is missing, cannot compute in the precision,
     *     or the model's sizes cannot be read
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

    /** How the Q-Former learns, if the configuration lets it. */
    public Optional<QFormerTuning> tuning() {
        return config.model().freezeQformer()
                ? Optional.empty()
                : Optional.of(
                        new QFormerTuning(config.model().qformer().dropout(), config.run().seed()));
    }

    /** How the run learns in steps of {@code microBatches}, by a schedule. */
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
