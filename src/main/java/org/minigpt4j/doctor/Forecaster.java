package org.minigpt4j.doctor;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;

import org.minigpt4j.config.RunConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.generate.PlainSpeech;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.Workload;
import org.minigpt4j.train.run.StartingPoint;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Forecasts a run.
 *
 * @param microBatch average content of one micro-batch
 */
record Forecaster(TrainConfig config, ModelFiles files, Workload microBatch) {

    private static final int MEASURED = 5;

    /**
     * The share of its peak that a GPU reaches in this workload; only used with data-sheet peaks.
     * The original stage 1 (5.12 million samples of 2.95 TFLOP in 10 hours on 4 A100) reached 0.34.
     */
    private static final double UTILISATION = 0.35;

    /**
     * Forecasts for this machine by running a few steps, whose results are discarded.
     *
     * @param start the state that the run would start from
     */
    Forecast here(List<Device> devices, StartingPoint start, Consumer<PlainSpeech> heard)
            throws InterruptedException {
        Device first = devices.get(0);
        double seconds = measure(start, heard);
        long has = first.isGpu() ? CudaUtils.getGpuMemory(first).getMax() : 0;
        return forecast(
                "measured over " + MEASURED + " steps",
                start.microBatches(),
                devices.stream()
                        .mapToInt(device -> Collections.frequency(devices, device))
                        .max()
                        .orElseThrow(),
                seconds,
                ComputePrecision.of(config.run().precision(), first, config.run().amp()),
                has);
    }

    /** Forecasts for another machine from the data sheet of its GPU. */
    Forecast elsewhere(Elsewhere there) {
        RunConfig run = config.run();
        ComputePrecision precision =
                ComputePrecision.valueOf(run.precision().resolve(true, run.amp()).name());
        double peak = there.gpu().peakFlops(precision != ComputePrecision.FP32);
        int microBatches = run.microBatches().orElse(there.devices());
        int rounds = (microBatches + there.devices() - 1) / there.devices();
        return forecast(
                "from the data sheet of %d x %s at %.0f%% of its peak"
                        .formatted(
                                there.devices(),
                                there.gpu().name().toLowerCase(Locale.ROOT),
                                100 * UTILISATION),
                microBatches,
                1,
                rounds * microBatch.flops() / (peak * UTILISATION),
                precision,
                there.gpu().bytes());
    }

    /**
     * Why the run does not fit into this machine's memory, calculated before anything is loaded.
     * Empty if it fits or runs on GPUs.
     *
     * @param has memory of this machine or container in bytes; 0 if unknown
     */
    Optional<String> shortage(List<Device> devices, long has) {
        Device first = devices.get(0);
        if (first.isGpu()) {
            return Optional.empty();
        }
        RunConfig run = config.run();
        return memory(ComputePrecision.of(run.precision(), first, run.amp()))
                .shortage(
                        devices.size(),
                        config.model().lowResource(),
                        config.model().gradCheckpoint(),
                        checkpointBytes(files, !config.model().freezeQformer()),
                        has);
    }

    private MemoryNeed memory(ComputePrecision precision) {
        RunConfig run = config.run();
        int longest = config.model().maxTxtLen();
        return MemoryNeed.of(
                files,
                precision,
                config.model().lowResource(),
                config.model().gradCheckpoint(),
                !config.model().freezeQformer(),
                run.batchSizeTrain(),
                microBatch.tokens() / run.batchSizeTrain() + longest,
                longest);
    }

    private Forecast forecast(
            String basis,
            int n,
            int sharing,
            double seconds,
            ComputePrecision precision,
            long has) {
        RunConfig run = config.run();
        MemoryNeed memory = memory(precision);
        return new Forecast(
                basis,
                steps(run),
                n,
                new Workload(
                        n * microBatch.samples(),
                        n * microBatch.tokens(),
                        n * microBatch.labels(),
                        n * microBatch.flops()),
                seconds,
                memory,
                memory.total(sharing),
                has,
                checkpointBytes(files, !config.model().freezeQformer()),
                checkpoints(run));
    }

    /**
     * Size of a checkpoint in bytes: the trainable values, two moments and the pending gradient, in
     * float32.
     */
    static long checkpointBytes(ModelFiles files, boolean tunes) {
        return 4L * Float.BYTES * files.trainable(tunes).length();
    }

    /** Number of steps in the whole run. */
    static int steps(RunConfig run) {
        return run.maxEpoch() * run.itersPerEpoch().orElse(RunConfig.DEFAULT_STEPS_PER_EPOCH);
    }

    /** Maximum number of checkpoints at a time, including the one being written. */
    static int checkpoints(RunConfig run) {
        return run.maxEpoch() + run.checkpoint().keepLast() + run.checkpoint().keepBest() + 1;
    }

    /** Seconds per step: the median of a few steps, after one warm-up step. */
    private double measure(StartingPoint start, Consumer<PlainSpeech> heard)
            throws InterruptedException {
        double[] seconds =
                TrialSteps.of(config, start, 1 + MEASURED, heard).stream()
                        .skip(1)
                        .mapToDouble(StepReport::seconds)
                        .sorted()
                        .toArray();
        return seconds[MEASURED / 2];
    }
}
