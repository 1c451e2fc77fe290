package org.minigpt4j.train.record;

import com.google.gson.JsonParseException;

import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.checkpoint.CheckpointFolder;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.RunConfig;
import org.minigpt4j.config.TrackingConfig;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.track.Provenance;
import org.minigpt4j.track.Tracker;
import org.minigpt4j.track.TrackerSettings;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.train.EpochReport;
import org.minigpt4j.train.Replicas;
import org.minigpt4j.train.RunOutcome;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.TrainListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Records a run while it trains, see {@link Tracker}. The training thread only creates the entries.
 */
public final class RunTracking implements TrainListener, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RunTracking.class);

    private final TrainConfig config;
    private final RunFolder folder;
    private final CheckpointFolder checkpoints;
    private final TrainableValues trainable;
    private final Optional<Tracker> tracker;
    private final Consumer<String> warn;
    private StepReport latest;
    private EpochReport latestEpoch;
    private boolean recorded;

    /** The training that is recorded. */
    public interface Training {
        RunOutcome run() throws InterruptedException;
    }

    private RunTracking(
            TrainConfig config,
            RunFolder folder,
            CheckpointFolder checkpoints,
            TrainableValues trainable,
            Optional<Tracker> tracker,
            Consumer<String> warn) {
        this.config = config;
        this.folder = folder;
        this.checkpoints = checkpoints;
        this.trainable = trainable;
        this.tracker = tracker;
        this.warn = warn;
    }

    /**
     * Starts recording; with {@code run.tracking.uri: none} nothing is recorded.
     *
     * @param checkpoints the run's checkpoints; if there are none, earlier records of the folder
     *     belong to another run
     * @param hosts number of hosts that train
     * @param warn receives a message at the end if something could not be sent
     */
    public static RunTracking open(
            TrainConfig config,
            RunFolder folder,
            CheckpointFolder checkpoints,
            Replicas replicas,
            int hosts,
            TrainableValues trainable,
            Consumer<String> warn) {
        Map<String, String> surroundings = RunFacts.surroundings(replicas, hosts, trainable);
        return open(config, folder, checkpoints, surroundings, trainable, warn);
    }

    /**
     * Like the other, for a run whose replicas are on other hosts.
     *
     * @param surroundings devices and software of the run
     */
    public static RunTracking open(
            TrainConfig config,
            RunFolder folder,
            CheckpointFolder checkpoints,
            Map<String, String> surroundings,
            TrainableValues trainable,
            Consumer<String> warn) {
        RunConfig run = config.run();
        TrackingEnvironment environment = TrackingEnvironment.ofProcess();
        String uri = check(config);
        if (uri.equals(TrackerSettings.NONE)) {
            return new RunTracking(config, folder, checkpoints, trainable, Optional.empty(), warn);
        }
        TrackingConfig tracking = run.tracking();
        TrackerSettings settings =
                new TrackerSettings(
                        uri,
                        tracking.experiment().orElse(run.task()),
                        tracking.runName()
                                .orElseGet(() -> TrackerSettings.readableName(run.outputDir())),
                        TrackerSettings.seconds(tracking.timeoutSeconds()),
                        TrackerSettings.seconds(tracking.systemSeconds()),
                        environment,
                        tracking.restoreDeleted());
        Optional<Path> from =
                run.resumeCkptPath().or(config.model()::ckpt).flatMap(RunTracking::outputFolder);
        boolean anew = checkpoints.finished().isEmpty();
        Tracker tracker = Tracker.open(folder.root(), settings, from, anew);
        RunTracking opened =
                new RunTracking(config, folder, checkpoints, trainable, Optional.of(tracker), warn);
        opened.describe(tracker, surroundings);
        new RunArtifacts(folder, checkpoints, tracker).configuration(config);
        return opened;
    }

    /**
     * Checks where a run would be recorded.
     *
     * @return the store's address, or {@code none}
     * @throws org.minigpt4j.UsageException if nothing can be recorded there
     */
    public static String check(TrainConfig config) {
        RunConfig run = config.run();
        String uri =
                TrackerSettings.uri(
                        run.tracking().uri(), TrackingEnvironment.ofProcess(), run.outputDir());
        TrackerSettings.check(uri);
        return uri;
    }

    /** The output folder that a checkpoint is in; empty if it is not in one of ours. */
    private static Optional<Path> outputFolder(Path checkpoint) {
        for (Path at = checkpoint.toAbsolutePath(); at != null; at = at.getParent()) {
            if (RunFolder.isRun(at)) {
                return Optional.of(at);
            }
        }
        return Optional.empty();
    }

    /** Records what the run is made from. Weights are hashed on a separate thread. */
    private void describe(Tracker tracker, Map<String, String> surroundings) {
        Map<String, String> params = new LinkedHashMap<>();
        config.flat().forEach((key, value) -> params.put(key, ForeignText.withoutSecrets(value)));
        params.putAll(surroundings);
        params.putAll(RunFacts.data(config.datasets()));
        tracker.params(params);
        tracker.inputs(RunFacts.inputs(config));
        String output = folder.root().toAbsolutePath().normalize().toString();
        tracker.tags(Provenance.tags("train", output, params));
        Thread hashes =
                new Thread(
                        () -> {
                            try {
                                tracker.params(RunFacts.weights(config.model()));
                            } catch (MiniGpt4Exception e) {
                                LOG.warn("weights are recorded without a hash: {}", e.getMessage());
                            }
                        },
                        "weight-hashes");
        hashes.setDaemon(true);
        hashes.setPriority(Thread.MIN_PRIORITY);
        hashes.start();
    }

    /**
     * Records everything in the logs, because a killed process loses up to a second of steps, and a
     * run may have been unrecorded before. The tracker drops entries that it already has.
     */
    @Override
    public void begin(int step, int total) {
        if (tracker.isEmpty() || step == 0) {
            return;
        }
        try {
            LoggedFigures logged = LoggedFigures.read(folder);
            logged.steps()
                    .forEach(
                            (at, values) -> {
                                if (isRecorded(at)) {
                                    tracker.get().points(at, values);
                                }
                            });
            logged.epochs().forEach((at, values) -> tracker.get().points(at, values));
        } catch (IOException | JsonParseException | IllegalStateException e) {
            LOG.warn("steps before {} may be missing from the record: {}", step, "" + e);
        }
    }

    private boolean isRecorded(int step) {
        return step % config.run().tracking().everySteps() == 0;
    }

    @Override
    public void step(StepReport report) {
        latest = report;
        recorded = tracker.isEmpty() || isRecorded(report.step());
        if (recorded && tracker.isPresent()) {
            record(report);
        }
    }

    @Override
    public void hosts(int step, Map<String, Double> figures) {
        if (!figures.isEmpty() && isRecorded(step)) {
            tracker.ifPresent(t -> t.points(step, figures));
        }
    }

    private void record(StepReport report) {
        Map<String, Double> values = StepFigures.of(report);
        tracker.ifPresent(t -> t.points(report.step(), values));
    }

    @Override
    public void epoch(EpochReport report) {
        latestEpoch = report;
        Map<String, Double> values = StepFigures.of(report);
        tracker.ifPresent(
                t -> {
                    t.points(report.step(), values);
                    // Send the epoch's figures before a checkpoint exists, because a run resumed
                    // from it does not repeat them.
                    t.flush();
                });
    }

    /** Records a file of the output folder as it is now. */
    public void artifact(Path file) {
        tracker.ifPresent(t -> new RunArtifacts(folder, checkpoints, t).file(file));
    }

    /** Runs the training and records how it ends. */
    public RunOutcome watch(Training training) throws InterruptedException {
        try {
            RunOutcome ending = training.run();
            if (latest != null && !recorded) {
                record(latest);
            }
            report();
            tracker.ifPresent(t -> ended(t, ending));
            return ending;
        } catch (RuntimeException | Error e) {
            String message =
                    ForeignText.message(e.getMessage() == null ? e.toString() : e.getMessage());
            tracker.ifPresent(
                    t -> {
                        t.tags(Map.of("minigpt4j.error", message));
                        t.end(RunStatus.FAILED);
                    });
            throw e;
        }
    }

    private void report() {
        try {
            RunReport.write(config, folder);
        } catch (RuntimeException | LinkageError e) {
            // Java2D may lack fonts or libraries; that must not fail a run.
            warn.accept("report.html cannot be written: " + e);
        }
    }

    private void ended(Tracker tracker, RunOutcome ending) {
        try {
            new RunArtifacts(folder, checkpoints, tracker).end(trainable);
        } catch (RuntimeException | LinkageError e) {
            // Java2D may lack fonts or libraries; that must not fail a run.
            warn.accept("tracking: the record lacks pictures or files: " + e);
        }
        if (ending == RunOutcome.FINISHED) {
            config.run().tracking().register().ifPresent(model -> register(tracker, model));
        }
        tracker.end(ending == RunOutcome.FINISHED ? RunStatus.FINISHED : RunStatus.KILLED);
    }

    private void register(Tracker tracker, String model) {
        Map<String, String> figures = new LinkedHashMap<>();
        if (latest != null) {
            figures.put("step", "" + latest.step());
            figures.put("loss", "" + latest.loss());
        }
        if (latestEpoch != null) {
            figures.put("epoch_loss", "" + latestEpoch.loss());
            latestEpoch.heldOutLoss().ifPresent(loss -> figures.put("valid_loss", "" + loss));
        }
        tracker.register(model, RunArtifacts.MODEL, figures);
    }

    @Override
    public void close() {
        tracker.ifPresent(
                t -> {
                    t.close();
                    t.complaint().ifPresent(warn);
                });
    }
}
