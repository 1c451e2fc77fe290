package org.minigpt4j.train.run;

import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.CheckpointFolder;
import org.minigpt4j.checkpoint.CheckpointWriter;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.EvalTaskConfig;
import org.minigpt4j.config.RunConfig;
import org.minigpt4j.config.SamplesConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.data.BatchSettings;
import org.minigpt4j.io.Store;
import org.minigpt4j.model.WeightLoader;
import org.minigpt4j.train.EpochEvaluation;
import org.minigpt4j.train.GradientReducer;
import org.minigpt4j.train.RunOutcome;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.TrainListener;
import org.minigpt4j.train.record.DjlListeners;
import org.minigpt4j.train.record.LogCopies;
import org.minigpt4j.train.record.RunLog;
import org.minigpt4j.train.record.RunTracking;
import org.minigpt4j.train.record.SampleCaptions;
import org.minigpt4j.train.record.SampleWriter;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A run put together from its configuration: what {@code launch/train} opens, trains and closes.
 */
public final class TrainRun implements AutoCloseable {

    private final RunPlan plan;
    private final Resume resume;
    private final RunFolder folder;
    private final RunLock lock;
    private final CheckpointFolder checkpoints;
    private final StartingPoint start;
    private final DjlListeners listeners;
    private final LoadedRun loaded;
    private final OpenResources open;
    private EpochEvaluation evaluation = EpochEvaluation.NONE;

    private TrainRun(
            RunPlan plan,
            Resume resume,
            RunFolder folder,
            RunLock lock,
            CheckpointFolder checkpoints,
            StartingPoint start,
            DjlListeners listeners,
            LoadedRun loaded,
            OpenResources open) {
        this.plan = plan;
        this.resume = resume;
        this.folder = folder;
        this.lock = lock;
        this.checkpoints = checkpoints;
        this.start = start;
        this.listeners = listeners;
        this.loaded = loaded;
        this.open = open;
    }

    /**
     * Opens data and weights, and takes the output folder for this process. The configuration and
     * all headers are checked first, and so is every place that the run will write to.
     *
     * @param loading told of every tensor as it is loaded
     * @throws UsageException if anything named is not as it must be
     */
    public static TrainRun open(TrainConfig config, Resume resume, WeightLoader.Progress loading) {
        RunConfig run = config.run();
        RunPlan plan = RunPlan.of(config);
        RunFolder folder = new RunFolder(run.outputDir());
        OpenResources open = new OpenResources();
        try {
            folder.requireFolders();
            RunLock lock = RunLock.take(folder);
            open.add(lock, lock::close);
            Store store = folder.store(run.checkpoint());
            open.add(store, store::close);
            CheckpointFolder checkpoints =
                    new CheckpointFolder(
                            store,
                            plan.schedule().stepsPerEpoch(),
                            !run.validSplits().isEmpty() || chosenByFigure(config));
            StartingPoint start =
                    StartingPoint.of(
                            config,
                            plan.devices().size(),
                            folder,
                            checkpoints,
                            resume,
                            plan.files());
            DjlListeners listeners = DjlListeners.open(config);
            RunTracking.check(config);
            if (run.checkpoint().dir().isPresent()) {
                checkpoints.probe();
            }
            LoadedRun loaded = LoadedRun.open(plan, start, BatchSettings.from(config), loading);
            open.add(loaded, loaded::close);
            return new TrainRun(
                    plan, resume, folder, lock, checkpoints, start, listeners, loaded, open);
        } catch (RuntimeException | Error e) {
            open.close();
            throw e;
        }
    }

    /** What a user should know before training starts. */
    public List<String> notices() {
        List<String> notices = new ArrayList<>(start.notices());
        lock.notice().ifPresent(notices::add);
        notices.addAll(loaded.dataNotices());
        return notices;
    }

    /** Which checkpoint has the lowest loss on held-out data, in words, where that is measured. */
    public Optional<String> best() {
        return best(plan.config(), checkpoints);
    }

    static Optional<String> best(TrainConfig config, CheckpointFolder checkpoints) {
        return checkpoints
                .best()
                .map(
                        best -> {
                            String name = CheckpointFolder.name(best.step());
                            String where = checkpoints.store().describe(name);
                            return String.format(
                                    Locale.ROOT,
                                    chosenByFigure(config)
                                            ? "Best by run.eval (%.4f): %s"
                                            : "Lowest held-out loss %.4f: %s",
                                    chosenByFigure(config) ? Math.abs(best.loss()) : best.loss(),
                                    where);
                        });
    }

    /** Measures at the end of each epoch; figures go to the logs and the record. */
    public void evaluate(EpochEvaluation atEnds) {
        evaluation = atEnds;
    }

    private static boolean chosenByFigure(TrainConfig config) {
        return config.run().eval().map(EvalTaskConfig::chooseBest).orElse(false);
    }

    /** Where the run writes. */
    public RunFolder folder() {
        return folder;
    }

    /**
     * Trains to the end; logs and checkpoints go to the output folder.
     *
     * @param warn told of what looks wrong on the way
     * @param stop asked after each step; true saves and ends the run
     * @throws InterruptedException if the thread is told to stop
     */
    public RunOutcome train(
            List<TrainListener> watchers, Consumer<String> warn, BooleanSupplier stop)
            throws InterruptedException {
        // Checkpoints that lie elsewhere have an owner, and copies of the logs beside them.
        Optional<Store> elsewhere =
                plan.config().run().checkpoint().dir().map(dir -> checkpoints.store());
        Optional<LogCopies> copies = elsewhere.map(store -> new LogCopies(folder, store));
        Optional<StoreOwner> owner = elsewhere.map(store -> StoreOwner.become(store, folder));
        owner.flatMap(StoreOwner::notice).ifPresent(warn);
        if (resume == Resume.NEVER) {
            checkpoints.clear(); // not before everything that the new run needs was found well
        }
        Runnable beforeSave =
                () -> {
                    lock.require();
                    owner.ifPresent(StoreOwner::require);
                    copies.ifPresent(LogCopies::keep);
                };
        GradientReducer reducer = GradientReducer.local(start.microBatches());
        try (DjlListeners users = listeners;
                RunTracking tracking = openTracking(reducer, warn)) {
            // Whatever happens from here on is the end of a run that was begun, and is recorded.
            RunOutcome outcome =
                    tracking.watch(
                            () -> {
                                if (start.state().step() > 0) {
                                    copies.ifPresent(LogCopies::restore);
                                }
                                try (RunLog log = openLog();
                                        CheckpointWriter writer = openWriter(beforeSave)) {
                                    // If they cannot be put, now is the time to say so.
                                    copies.ifPresent(LogCopies::keep);
                                    List<TrainListener> all = new ArrayList<>();
                                    all.addAll(List.of(log, tracking, users));
                                    all.addAll(watchers);
                                    all.add(sanityCheck(warn));
                                    all.add(folderWatch());
                                    samples(tracking, stop, warn).ifPresent(all::add);
                                    RunOutcome ended =
                                            loaded.loop(plan.schedule(), start.state())
                                                    .optReducer(reducer)
                                                    .optEvaluation(evaluation)
                                                    .optListeners(all)
                                                    .optCheckpoints(writer)
                                                    .run(stop);
                                    writer.finish();
                                    return ended;
                                }
                            });
            owner.ifPresent(StoreOwner::leave);
            return outcome;
        }
    }

    private CheckpointWriter openWriter(Runnable beforeSave) {
        return new CheckpointWriter(
                checkpoints,
                folder.failures(),
                beforeSave,
                plan.config().run().checkpoint(),
                plan.config().toMap(),
                start.state().step(),
                System::nanoTime);
    }

    private RunLog openLog() {
        return new RunLog(folder, plan.config().toJson(4), start.state().step(), plan.schedule());
    }

    private RunTracking openTracking(GradientReducer reducer, Consumer<String> warn) {
        return RunTracking.open(
                plan.config(),
                folder,
                checkpoints,
                loaded.replicas(),
                reducer.hosts(),
                start.state().trainable(),
                warn);
    }

    private SanityCheck sanityCheck(Consumer<String> warn) {
        return new SanityCheck(plan.files().llama().vocab(), warn);
    }

    /** Ends the run if somebody takes its folder away, instead of writing on to nowhere. */
    private TrainListener folderWatch() {
        return new TrainListener() {
            @Override
            public void begin(int step, int total) {
                lock.require();
            }

            @Override
            public void step(StepReport report) {
                lock.require();
            }
        };
    }

    /** The captions of a few samples, if the configuration asks for some. */
    private Optional<SampleWriter> samples(
            RunTracking tracking, BooleanSupplier stop, Consumer<String> warn) {
        TrainConfig config = plan.config();
        SamplesConfig samples = config.run().samples();
        if (samples.count() == 0) {
            return Optional.empty();
        }
        SampleCaptions captions =
                new SampleCaptions(
                        loaded.loader().firstExamples(samples.count()),
                        loaded.tokenizer(),
                        loaded.layout(),
                        config.model().endSym(),
                        samples.maxNewTokens(),
                        stop);
        return Optional.of(
                new SampleWriter(
                        config,
                        captions,
                        loaded.replicas(),
                        plan.schedule(),
                        folder,
                        tracking::artifact,
                        warn));
    }

    @Override
    public void close() {
        open.close();
    }
}
