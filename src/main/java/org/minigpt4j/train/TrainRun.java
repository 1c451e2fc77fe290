package org.minigpt4j.train;

import ai.djl.Device;
import ai.djl.engine.Engine;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.DeviceKind;
import org.minigpt4j.config.RunConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.data.BatchLoader;
import org.minigpt4j.data.BatchSettings;
import org.minigpt4j.data.FeatureStore;
import org.minigpt4j.data.Tokenizer;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.ProjectionValues;
import org.minigpt4j.model.WeightLoader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A run put together from its configuration: what {@code launch/train} opens, trains and closes.
 */
public final class TrainRun implements AutoCloseable {

    private final TrainConfig config;
    private final RunFolder folder;
    private final Schedule schedule;
    private final TrainState start;
    private final List<String> notices = new ArrayList<>();
    private Tokenizer tokenizer;
    private BatchSource source;
    private Backbone backbone;
    private Replica replica;

    private TrainRun(TrainConfig config, Resume resume, ModelFiles files) {
        this.config = config;
        folder = new RunFolder(config.run().outputDir());
        schedule = schedule(config.run());
        start = start(resume, files);
    }

    /**
     * Opens data and weights. The configuration and all headers are checked first.
     *
     * @param loading told of every tensor as it is loaded
     * @throws UsageException if anything named is not as it must be
     */
    public static TrainRun open(TrainConfig config, Resume resume, WeightLoader.Progress loading) {
        RunConfig run = config.run();
        Device device = device(run.device(), config.where("run.device"));
        ComputePrecision precision =
                ComputePrecision.of(run.precision(), device, run.amp()).requireOn(device);
        ModelFiles files = new ModelFiles(config.model(), config::where);
        TrainRun opened = new TrainRun(config, resume, files);
        try {
            opened.tokenizer = Tokenizer.open(config.model().llamaModel());
            BatchSettings settings = BatchSettings.from(config);
            Optional<FeatureStore> features = Features.open(config, files, precision);
            opened.source =
                    new LoaderBatches(
                            BatchLoader.open(
                                    settings, opened.tokenizer, opened.start.position(), features),
                            files.qformer().queries(),
                            opened.tokenizer,
                            features);
            opened.backbone = files.load(device, precision, loading);
            opened.replica = new Replica(new MiniGpt4(opened.backbone));
            return opened;
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    private static Device device(DeviceKind wanted, String where) {
        int gpus = Engine.getInstance().getGpuCount();
        if (wanted == DeviceKind.CUDA && gpus == 0) {
            throw new UsageException(
                    where
                            + ": run.device: no GPU that PyTorch can use was found; set run.device:"
                            + " cpu, or see docs/gpu.md");
        }
        return gpus > 0 && wanted != DeviceKind.CPU ? Device.gpu(0) : Device.cpu();
    }

    private static Schedule schedule(RunConfig run) {
        int iterations = run.itersPerEpoch().orElse(Schedule.DEFAULT_ITERATIONS);
        double warmupStart = run.warmupLr() >= 0 ? run.warmupLr() : run.initLr();
        LearningRate rate =
                switch (run.lrSched()) {
                    case LINEAR_WARMUP_COSINE_LR ->
                            new LearningRate.LinearWarmupCosine(
                                    run.initLr(),
                                    run.minLr(),
                                    warmupStart,
                                    run.warmupSteps(),
                                    iterations,
                                    run.maxEpoch());
                    case LINEAR_WARMUP_STEP_LR ->
                            new LearningRate.LinearWarmupStep(
                                    run.initLr(),
                                    run.minLr(),
                                    warmupStart,
                                    run.warmupSteps(),
                                    run.lrDecayRate().orElseThrow());
                };
        return new Schedule(run.maxEpoch(), iterations, run.accumGradIters(), rate);
    }

    /** Where to begin: the checkpoint of this run, the projection of another, or a new one. */
    private TrainState start(Resume resume, ModelFiles files) {
        int hidden = files.llama().hidden();
        int width = files.qformer().width();
        if (resume == Resume.NEVER) {
            clear(folder);
        }
        RunFolder.Resumable old = folder.resumable();
        notices.addAll(old.damaged());
        if (old.checkpoint().isPresent()) {
            Checkpoint checkpoint = old.checkpoint().get();
            if (resume == Resume.AUTO) {
                requireSameConfig(checkpoint);
            }
            notices.add(
                    "resuming "
                            + folder.root()
                            + " behind iteration "
                            + checkpoint.state().iteration());
            return checkpoint.state();
        }
        return config.model()
                .ckpt()
                .map(
                        path ->
                                Projections.read(
                                        path,
                                        config.where("model.ckpt") + ": model.ckpt",
                                        hidden,
                                        width))
                .map(TrainState::start)
                .orElseGet(
                        () ->
                                TrainState.start(
                                        ProjectionValues.initial(
                                                hidden, width, config.run().seed())));
    }

    private void requireSameConfig(Checkpoint checkpoint) {
        List<String> different = ConfigDifference.between(checkpoint.config(), config.toMap());
        if (!different.isEmpty()) {
            throw new UsageException(
                    folder.root()
                            + " holds a run with another configuration ("
                            + String.join(", ", different)
                            + "); name another run.output_dir, go on all the same with --resume"
                            + " force, or start anew with --resume never");
        }
    }

    private static void clear(RunFolder folder) {
        if (!RunFolder.isRun(folder.root())) {
            return;
        }
        try {
            for (Path old : List.of(folder.log(), folder.metrics(), folder.checkpoints())) {
                delete(old);
            }
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder.root(), e);
        }
    }

    private static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        List<Path> entries;
        try (Stream<Path> walk = Files.walk(tree)) {
            entries = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path entry : entries) {
            Files.delete(entry);
        }
    }

    /** What a user should know before training starts. */
    public List<String> notices() {
        return notices;
    }

    /** Where the run writes. */
    public RunFolder folder() {
        return folder;
    }

    /**
     * Trains to the end; logs and checkpoints go to the output folder.
     *
     * @throws InterruptedException if the thread is told to stop
     */
    public void train(List<TrainListener> watchers) throws InterruptedException {
        RunConfig run = config.run();
        AdamW optimizer =
                new AdamW(
                        run.beta2(),
                        run.weightDecay(),
                        start.firstMoment(),
                        start.secondMoment(),
                        start.updates());
        try (RunLog log = new RunLog(folder, config.toJson(4), start.iteration())) {
            List<TrainListener> listeners = new ArrayList<>();
            listeners.add(log);
            listeners.add(
                    new TrainListener() {
                        @Override
                        public void epoch(EpochReport report) {
                            new Checkpoint(report.state(), config.toMap())
                                    .write(folder.checkpoint(report.state().iteration()));
                        }
                    });
            listeners.addAll(watchers);
            new ParallelTrain(replica, source, schedule, optimizer, start, listeners).run();
        }
    }

    @Override
    public void close() {
        if (replica != null) {
            replica.close();
        }
        if (backbone != null) {
            backbone.close();
        }
        if (source != null) {
            source.close();
        }
        if (tokenizer != null) {
            tokenizer.close();
        }
    }
}
