package org.minigpt4j.train.run;

import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.CheckpointFolder;
import org.minigpt4j.checkpoint.CheckpointWriter;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.RunConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.io.Store;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.train.RunOutcome;
import org.minigpt4j.train.Schedule;
import org.minigpt4j.train.TrainListener;
import org.minigpt4j.train.record.DjlListeners;
import org.minigpt4j.train.record.LogCopies;
import org.minigpt4j.train.record.RunLog;
import org.minigpt4j.train.record.RunTracking;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The files that a run keeps, on one host or several: its output folder, which no other process may
 * write to, checkpoints, logs and the record. Only the process that holds them writes.
 */
final class RunBooks implements AutoCloseable {

    private final TrainConfig config;
    private final Resume resume;
    private final Schedule schedule;
    private final RunFolder folder;
    private final RunLock lock;
    private final CheckpointFolder checkpoints;
    private final StartingPoint start;
    private final DjlListeners listeners;
    private final OpenResources open;

    /** Runs the steps of a training. */
    interface Steps {

        /**
         * Runs the steps.
         *
         * @param tracking records the run
         * @param listeners notified of each step
         * @param writer saves states
         */
        RunOutcome make(
                RunTracking tracking, List<TrainListener> listeners, CheckpointWriter writer)
                throws InterruptedException;
    }

    /**
     * Locks the output folder for this process, finds the starting point and checks every place
     * that the run will write to.
     *
     * @param devices number of devices; the default number of micro-batches in a step
     * @param judged whether checkpoints are compared by a figure, so that the best one is kept
     * @throws UsageException if a named file, folder or setting is not usable
     */
    RunBooks(
            TrainConfig config,
            Schedule schedule,
            int devices,
            boolean judged,
            ModelFiles files,
            Resume resume) {
        this.config = config;
        this.resume = resume;
        this.schedule = schedule;
        RunConfig run = config.run();
        folder = new RunFolder(run.outputDir());
        open = new OpenResources();
        try {
            folder.requireFolders();
            RunLock taken = RunLock.take(folder);
            lock = open.add(taken, taken::close);
            Store store = folder.store(run.checkpoint());
            open.add(store, store::close);
            checkpoints = new CheckpointFolder(store, schedule.stepsPerEpoch(), judged);
            start = StartingPoint.of(config, devices, folder, checkpoints, resume, files);
            listeners = DjlListeners.open(config);
            RunTracking.check(config);
            if (run.checkpoint().dir().isPresent()) {
                checkpoints.probe();
            }
        } catch (RuntimeException | Error e) {
            open.close();
            throw e;
        }
    }

    /** Messages for the user before training starts. */
    List<String> notices() {
        List<String> notices = new ArrayList<>(start.notices());
        lock.notice().ifPresent(notices::add);
        return notices;
    }

    RunFolder folder() {
        return folder;
    }

    /** The lock on the output folder; it detects that the folder was removed. */
    RunLock lock() {
        return lock;
    }

    CheckpointFolder checkpoints() {
        return checkpoints;
    }

    /** Where the run starts. */
    StartingPoint start() {
        return start;
    }

    /** Opens a run's record. */
    interface Recording {
        RunTracking open();
    }

    /**
     * Runs the steps and writes logs, record and checkpoints. Once the record is open, any failure
     * is recorded as the end of the run.
     *
     * @param watchers notified of each step after the logs
     * @param warn receives warnings
     * @throws InterruptedException if the thread is interrupted
     */
    RunOutcome keep(
            Recording recording, List<TrainListener> watchers, Consumer<String> warn, Steps steps)
            throws InterruptedException {
        // A separate checkpoint store has an owner, and copies of the logs next to the checkpoints.
        Optional<Store> elsewhere = config.run().checkpoint().dir().map(dir -> checkpoints.store());
        Optional<LogCopies> copies = elsewhere.map(store -> new LogCopies(folder, store));
        Optional<StoreOwner> owner = elsewhere.map(store -> StoreOwner.become(store, folder));
        owner.flatMap(StoreOwner::notice).ifPresent(warn);
        if (resume == Resume.NEVER) {
            checkpoints.clear(); // only now, when all inputs of the new run have been checked
        }
        Runnable beforeSave =
                () -> {
                    lock.require();
                    owner.ifPresent(StoreOwner::require);
                    copies.ifPresent(LogCopies::keep);
                };
        try (DjlListeners users = listeners;
                RunTracking tracking = recording.open()) {
            RunOutcome outcome =
                    tracking.watch(
                            () -> {
                                if (start.state().step() > 0) {
                                    copies.ifPresent(LogCopies::restore);
                                }
                                try (RunLog log = log();
                                        CheckpointWriter writer = writer(beforeSave)) {
                                    // Fail now if the copies cannot be written.
                                    copies.ifPresent(LogCopies::keep);
                                    List<TrainListener> all = new ArrayList<>();
                                    all.addAll(List.of(log, tracking, users));
                                    all.addAll(watchers);
                                    RunOutcome ended = steps.make(tracking, all, writer);
                                    writer.finish();
                                    return ended;
                                }
                            });
            owner.ifPresent(StoreOwner::leave);
            return outcome;
        }
    }

    private RunLog log() {
        return new RunLog(folder, config.toJson(4), start.state().step(), schedule);
    }

    private CheckpointWriter writer(Runnable beforeSave) {
        return new CheckpointWriter(
                checkpoints,
                folder.failures(),
                beforeSave,
                config.run().checkpoint(),
                config.toMap(),
                start.state().step(),
                System::nanoTime);
    }

    @Override
    public void close() {
        open.close();
    }
}
