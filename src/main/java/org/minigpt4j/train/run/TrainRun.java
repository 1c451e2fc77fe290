package org.minigpt4j.train.run;

import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.CheckpointFolder;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.EvalTaskConfig;
import org.minigpt4j.config.SamplesConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.data.BatchSettings;
import org.minigpt4j.model.WeightLoader;
import org.minigpt4j.train.EpochEvaluation;
import org.minigpt4j.train.GradientReducer;
import org.minigpt4j.train.RunOutcome;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.TrainListener;
import org.minigpt4j.train.record.RunTracking;
import org.minigpt4j.train.record.SampleCaptions;
import org.minigpt4j.train.record.SampleWriter;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** A run built from its configuration: {@code launch/train} opens it, trains and closes it. */
public final class TrainRun implements AutoCloseable {

    private final RunPlan plan;
    private final RunBooks books;
    private final LoadedRun loaded;
    private EpochEvaluation evaluation = EpochEvaluation.NONE;

    private TrainRun(RunPlan plan, RunBooks books, LoadedRun loaded) {
        this.plan = plan;
        this.books = books;
        this.loaded = loaded;
    }

    /**
     * Opens data and weights, and locks the output folder for this process. First the
     * configuration, all file headers and every place that the run will write to are checked.
     *
     * @param loading notified of every tensor as it is loaded
     * @throws UsageException if a named file, folder or setting is not usable
     */
    public static TrainRun open(TrainConfig config, Resume resume, WeightLoader.Progress loading) {
        RunPlan plan = RunPlan.of(config);
        boolean judged = !config.run().validSplits().isEmpty() || chosenByFigure(config);
        RunBooks books =
                new RunBooks(
                        config,
                        plan.schedule(),
                        plan.devices().size(),
                        judged,
                        plan.files(),
                        resume);
        try {
            LoadedRun loaded =
                    LoadedRun.open(plan, books.start(), BatchSettings.from(config), loading);
            return new TrainRun(plan, books, loaded);
        } catch (RuntimeException | Error e) {
            books.close();
            throw e;
        }
    }

    /** Messages for the user before training starts. */
    public List<String> notices() {
        List<String> notices = books.notices();
        notices.addAll(loaded.dataNotices());
        return notices;
    }

    /**
     * A message that names the checkpoint with the lowest loss on held-out data; empty if that is
     * not measured.
     */
    public Optional<String> best() {
        return best(plan.config(), books.checkpoints());
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

    /** Runs an evaluation at the end of each epoch; its figures go to the logs and the record. */
    public void evaluate(EpochEvaluation atEnds) {
        evaluation = atEnds;
    }

    private static boolean chosenByFigure(TrainConfig config) {
        return config.run().eval().map(EvalTaskConfig::chooseBest).orElse(false);
    }

    /** The output folder of the run. */
    public RunFolder folder() {
        return books.folder();
    }

    /**
     * Trains to the end; logs and checkpoints go to the output folder.
     *
     * @param warn receives warnings
     * @param stop checked after each step; when true, the run saves and ends
     * @throws InterruptedException if the thread is interrupted
     */
    public RunOutcome train(
            List<TrainListener> watchers, Consumer<String> warn, BooleanSupplier stop)
            throws InterruptedException {
        GradientReducer reducer = GradientReducer.local(books.start().microBatches());
        return books.keep(
                () -> openTracking(reducer, warn),
                watchers,
                warn,
                (tracking, all, writer) -> {
                    all.add(sanityCheck(warn));
                    all.add(folderWatch());
                    samples(tracking, stop, warn).ifPresent(all::add);
                    return loaded.loop(plan.schedule(), books.start().state())
                            .optReducer(reducer)
                            .optEvaluation(evaluation)
                            .optListeners(all)
                            .optCheckpoints(writer)
                            .run(stop);
                });
    }

    private RunTracking openTracking(GradientReducer reducer, Consumer<String> warn) {
        return RunTracking.open(
                plan.config(),
                books.folder(),
                books.checkpoints(),
                loaded.replicas(),
                reducer.hosts(),
                books.start().state().trainable(),
                warn);
    }

    private SanityCheck sanityCheck(Consumer<String> warn) {
        return new SanityCheck(plan.files().llama().vocab(), warn);
    }

    /** Ends the run if its folder is removed. */
    private TrainListener folderWatch() {
        return new TrainListener() {
            @Override
            public void begin(int step, int total) {
                books.lock().require();
            }

            @Override
            public void step(StepReport report) {
                books.lock().require();
            }
        };
    }

    /** Writes the captions of a few samples; empty if the configuration requests none. */
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
                        books.folder(),
                        tracking::artifact,
                        warn));
    }

    @Override
    public void close() {
        loaded.close();
        books.close();
    }
}
