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

/**
 * A run put together from its configuration: what {@code launch/train} opens, trains and closes.
 */
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
     * Opens data and weights, and takes the output folder for this process. The configuration and
     * all headers are checked first, and so is every place that the run will write to.
     *
     * @param loading told of every tensor as it is loaded
     * @throws UsageException if anything named is not as it must be
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

    /** What a user should know before training starts. */
    public List<String> notices() {
        List<String> notices = books.notices();
        notices.addAll(loaded.dataNotices());
        return notices;
    }

    /** Which checkpoint has the lowest loss on held-out data, in words, where that is measured. */
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

    /** Measures at the end of each epoch; figures go to the logs and the record. */
    public void evaluate(EpochEvaluation atEnds) {
        evaluation = atEnds;
    }

    private static boolean chosenByFigure(TrainConfig config) {
        return config.run().eval().map(EvalTaskConfig::chooseBest).orElse(false);
    }

    /** Where the run writes. */
    public RunFolder folder() {
        return books.folder();
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

    /** Ends the run if somebody takes its folder away, instead of writing on to nowhere. */
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
