package org.minigpt4j.train.run;

import ai.djl.Device;

import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.CheckpointFolder;
import org.minigpt4j.checkpoint.CheckpointWriter;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.config.RunConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.config.Warmup;
import org.minigpt4j.data.BatchLoader;
import org.minigpt4j.data.BatchSettings;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.MatmulCeiling;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.WeightLoader;
import org.minigpt4j.model.kernel.Threads;
import org.minigpt4j.text.Tokenizer;
import org.minigpt4j.train.BatchSource;
import org.minigpt4j.train.LearningRate;
import org.minigpt4j.train.LoaderBatches;
import org.minigpt4j.train.OptimizerConfig;
import org.minigpt4j.train.ParallelTrain;
import org.minigpt4j.train.Replica;
import org.minigpt4j.train.Replicas;
import org.minigpt4j.train.RunOutcome;
import org.minigpt4j.train.Schedule;
import org.minigpt4j.train.StepConfig;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.TrainListener;
import org.minigpt4j.train.Validation;
import org.minigpt4j.train.record.DjlListeners;
import org.minigpt4j.train.record.LogCopies;
import org.minigpt4j.train.record.RunLog;
import org.minigpt4j.train.record.RunTracking;
import org.minigpt4j.train.record.SampleCaptions;
import org.minigpt4j.train.record.SampleWriter;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A run put together from its configuration: what {@code launch/train} opens, trains and closes.
 */
public final class TrainRun implements AutoCloseable {

    private final TrainConfig config;
    private final Resume resume;
    private final RunFolder folder;
    private final Optional<RunLock> lock;
    private final CheckpointFolder checkpoints;
    private final Optional<LogCopies> copies;
    private final Schedule schedule;
    private final StartingPoint start;
    private final StepConfig rules;
    private final boolean scaled;
    private final List<Backbone> backbones = new ArrayList<>();
    private DjlListeners listeners;
    private Tokenizer tokenizer;
    private BatchLoader loader;
    private BatchSource source;
    private Validation validation;
    private Replicas replicas;

    private TrainRun(
            TrainConfig config,
            Resume resume,
            ModelFiles files,
            List<Device> devices,
            Optional<RunLock> lock) {
        this.config = config;
        this.lock = lock;
        RunConfig run = config.run();
        folder = new RunFolder(run.outputDir());
        schedule = schedule(run);
        checkpoints =
                new CheckpointFolder(
                        folder.store(run.checkpoint()),
                        schedule.iterations(),
                        !run.validSplits().isEmpty());
        copies =
                run.checkpoint().dir().map(elsewhere -> new LogCopies(folder, checkpoints.store()));
        this.resume = resume;
        start = StartingPoint.of(config, devices.size(), folder, checkpoints, resume, files);
        rules = StepConfig.of(run, start.microBatches());
        scaled = precision(run, devices.get(0)) == ComputePrecision.FP16;
    }

    /**
     * Opens data and weights, and takes the output folder for this process. The configuration and
     * all headers are checked first, and so is every place that the run will write to.
     *
     * @param loading told of every tensor as it is loaded
     * @throws UsageException if anything named is not as it must be
     */
    public static TrainRun open(TrainConfig config, Resume resume, WeightLoader.Progress loading) {
        return open(config, resume, loading, false);
    }

    /** A run to {@link #tryOut}: it writes nothing, and nobody else's run is in its way. */
    public static TrainRun trial(TrainConfig config) {
        return open(config, Resume.AUTO, (key, bytes) -> {}, true);
    }

    private static TrainRun open(
            TrainConfig config, Resume resume, WeightLoader.Progress loading, boolean trial) {
        RunConfig run = config.run();
        if (run.threads() > 0) {
            Threads.set(run.threads());
        }
        List<Device> devices = RunDevices.of(config);
        ComputePrecision precision = precision(run, devices.get(0));
        ModelFiles files = new ModelFiles(config.model(), config::where);
        Optional<RunLock> lock =
                trial
                        ? Optional.empty()
                        : Optional.of(RunLock.take(new RunFolder(run.outputDir())));
        TrainRun opened;
        try {
            opened = new TrainRun(config, resume, files, devices, lock);
        } catch (RuntimeException | Error e) {
            lock.ifPresent(RunLock::close);
            throw e;
        }
        try {
            opened.listeners = DjlListeners.open(config, devices);
            if (!trial) {
                opened.requirePlaces();
            }
            opened.tokenizer = Tokenizer.open(config.model().llamaModel());
            requireSameVocabulary(config, opened.tokenizer, files);
            Optional<FeatureStore> features = Features.open(config, files, precision);
            opened.loader =
                    BatchLoader.open(
                            (trial
                                            ? BatchSettings.from(config).unlisted()
                                            : BatchSettings.from(config))
                                    .forRank(
                                            new RankShare(0, 1, opened.rules.microBatches()),
                                            devices.size()),
                            opened.tokenizer,
                            opened.start.state().position(),
                            features);
            opened.source =
                    new LoaderBatches(
                            opened.loader, files.qformer().queries(), opened.tokenizer, features);
            opened.validation =
                    Validation.of(
                            config, files.qformer().queries(), opened.tokenizer, devices.size());
            Map<Device, Backbone> loaded = new LinkedHashMap<>();
            List<Replica> replicas = new ArrayList<>();
            for (Device device : devices) {
                Backbone backbone = loaded.get(device);
                if (backbone == null) {
                    backbone = files.load(device, precision, loading);
                    loaded.put(device, backbone);
                    opened.backbones.add(backbone);
                }
                replicas.add(new Replica(new MiniGpt4(backbone)));
            }
            opened.replicas = new Replicas(replicas, peakFlops(run, loaded.values(), precision));
            return opened;
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    /** Says now what would otherwise be said when all weights are loaded. */
    private void requirePlaces() {
        RunTracking.check(config);
        if (config.run().checkpoint().dir().isPresent()) {
            checkpoints.probe();
        }
    }

    private static double peakFlops(
            RunConfig run, Collection<Backbone> loaded, ComputePrecision precision) {
        return loaded.stream()
                .mapToDouble(
                        backbone ->
                                run.peakTflops()
                                        .map(tflops -> tflops * 1e12)
                                        .orElseGet(
                                                () -> MatmulCeiling.measure(backbone, precision)))
                .sum();
    }

    private static ComputePrecision precision(RunConfig run, Device device) {
        return ComputePrecision.of(run.precision(), device, run.amp()).requireOn(device);
    }

    private static void requireSameVocabulary(
            TrainConfig config, Tokenizer tokenizer, ModelFiles files) {
        if (tokenizer.vocabSize() > files.llama().vocab()) {
            throw new UsageException(
                    "%s: model.llama_model: the tokenizer has %d tokens and the model %d; is this a"
                                    .formatted(
                                            config.where("model.llama_model"),
                                            tokenizer.vocabSize(),
                                            files.llama().vocab())
                            + " Vicuna delta that was never merged, or another model's tokenizer?");
        }
    }

    private static Schedule schedule(RunConfig run) {
        int iterations = run.itersPerEpoch().orElse(RunConfig.DEFAULT_STEPS_PER_EPOCH);
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
        if (run.warmup() == Warmup.GLOBAL) {
            rate =
                    new LearningRate.GlobalWarmup(
                            rate, run.initLr(), warmupStart, run.warmupSteps(), iterations);
        }
        return new Schedule(run.maxEpoch(), iterations, run.accumGradIters(), rate);
    }

    /** What a user should know before training starts. */
    public List<String> notices() {
        List<String> notices = new ArrayList<>(start.notices());
        lock.flatMap(RunLock::notice).ifPresent(notices::add);
        return notices;
    }

    /** Which checkpoint has the lowest loss on held-out data, in words, where that is measured. */
    public Optional<String> best() {
        return checkpoints
                .best()
                .map(
                        best -> {
                            String name = CheckpointFolder.name(best.iteration());
                            String where = checkpoints.store().describe(name);
                            return String.format(
                                    Locale.ROOT,
                                    "Lowest held-out loss %.4f: %s",
                                    best.loss(),
                                    where);
                        });
    }

    /** Where the run writes. */
    public RunFolder folder() {
        return folder;
    }

    /**
     * Trains to the end; logs and checkpoints go to the output folder.
     *
     * @param warn told of what looks wrong on the way
     * @param stop asked behind each iteration; true saves and ends the run
     * @throws InterruptedException if the thread is told to stop
     */
    public RunOutcome train(
            List<TrainListener> watchers, Consumer<String> warn, BooleanSupplier stop)
            throws InterruptedException {
        Optional<StoreOwner> owner =
                copies.map(elsewhere -> StoreOwner.become(elsewhere.store(), folder));
        owner.flatMap(StoreOwner::notice).ifPresent(warn);
        if (resume == Resume.NEVER) {
            checkpoints.clear(); // not before everything that the new run needs was found well
        }
        try (DjlListeners users = listeners;
                RunTracking tracking = openTracking(warn)) {
            List<TrainListener> others = new ArrayList<>();
            others.add(users);
            others.addAll(watchers);
            // Whatever happens from here on is the end of a run that was begun, and is recorded.
            RunOutcome ending = tracking.watch(() -> train(others, tracking, owner, warn, stop));
            owner.ifPresent(StoreOwner::leave);
            return ending;
        }
    }

    private RunOutcome train(
            List<TrainListener> others,
            RunTracking tracking,
            Optional<StoreOwner> owner,
            Consumer<String> warn,
            BooleanSupplier stop)
            throws InterruptedException {
        if (start.state().iteration() > 0) {
            copies.ifPresent(LogCopies::restore);
        }
        try (RunLog log = openLog();
                CheckpointWriter saver = openSaver(owner)) {
            copies.ifPresent(LogCopies::keep); // if they cannot be put, now is the time to say so
            List<TrainListener> all = new ArrayList<>();
            all.add(log);
            all.add(tracking);
            all.addAll(others);
            all.add(new SanityCheck(replicas.backbone().llama().dims().vocab(), warn));
            if (config.run().samples().count() > 0) {
                all.add(samples(tracking, stop, warn));
            }
            RunOutcome ending =
                    loop(schedule, start.state())
                            .optValidation(validation)
                            .optListeners(all)
                            .optSaver(saver)
                            .run(stop);
            saver.finish();
            return ending;
        }
    }

    private CheckpointWriter openSaver(Optional<StoreOwner> owner) {
        Runnable before =
                () -> {
                    owner.ifPresent(StoreOwner::require);
                    copies.ifPresent(LogCopies::keep);
                };
        return new CheckpointWriter(
                checkpoints,
                folder.failures(),
                before,
                config.run().checkpoint(),
                config.toMap(),
                start.state().iteration(),
                System::nanoTime);
    }

    private RunTracking openTracking(Consumer<String> warn) {
        return RunTracking.open(
                config, folder, checkpoints, replicas, start.state().projection(), warn);
    }

    private SampleWriter samples(
            RunTracking tracking, BooleanSupplier stop, Consumer<String> warn) {
        SampleCaptions captions =
                new SampleCaptions(
                        loader.firstExamples(config.run().samples().count()),
                        tokenizer,
                        config.model().endSym(),
                        config.run().samples().maxNewTokens(),
                        stop);
        return new SampleWriter(
                config, captions, replicas, schedule, folder, tracking::artifact, warn);
    }

    /**
     * Runs a few iterations from the run's projection and keeps nothing of them; the run is of no
     * use afterwards.
     */
    public List<StepReport> tryOut(int iterations) throws InterruptedException {
        List<StepReport> steps = new ArrayList<>();
        TrainListener watcher =
                new TrainListener() {
                    @Override
                    public void step(StepReport report) {
                        steps.add(report);
                    }
                };
        // A schedule of its own: the run may be at its end, or shorter than this.
        var few = new Schedule(1, iterations, schedule.accumulate(), schedule.learningRate());
        var fresh = TrainState.start(start.state().projection());
        loop(few, fresh).optListeners(List.of(watcher)).run(() -> false);
        return steps;
    }

    private RunLog openLog() {
        return new RunLog(
                folder, config.toJson(4), start.state().iteration(), schedule, replicas.devices());
    }

    private ParallelTrain loop(Schedule schedule, TrainState state) {
        RunConfig run = config.run();
        var recipe = new OptimizerConfig(schedule, rules, run.beta2(), run.weightDecay(), scaled);
        return new ParallelTrain(replicas, source, recipe, state);
    }

    @Override
    public void close() {
        if (replicas != null) {
            replicas.close();
        }
        backbones.forEach(Backbone::close);
        if (source != null) {
            source.close();
        }
        if (tokenizer != null) {
            tokenizer.close();
        }
        checkpoints.store().close();
        lock.ifPresent(RunLock::close);
    }
}
