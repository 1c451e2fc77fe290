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
 * What a run keeps of itself, on however many hosts it is made: its output folder, which no other
 * process may write to, checkpoints, logs and the record. The process that has them is the only one
 * that writes.
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

    /** Steps, and who is told of them. */
    interface Steps {

        /**
         * Makes them.
         *
         * @param tracking for what is recorded on the way
         * @param listeners to be told of each step
         * @param writer to be given states
         */
        RunOutcome make(
                RunTracking tracking, List<TrainListener> listeners, CheckpointWriter writer)
                throws InterruptedException;
    }

    /**
     * Takes the output folder for this process and finds where the run stands. Every place that the
     * run will write to is checked.
     *
     * @param devices how many there are: the micro-batches of a step where nothing else says
     * @param judged whether checkpoints are compared by a figure, so that the best one is kept
     * @throws UsageException if anything named is not as it must be
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

    /** What a user should know about them. */
    List<String> notices() {
        List<String> notices = new ArrayList<>(start.notices());
        lock.notice().ifPresent(notices::add);
        return notices;
    }

    RunFolder folder() {
        return folder;
    }

    /** Fails if somebody took the output folder away. */
    RunLock lock() {
        return lock;
    }

    CheckpointFolder checkpoints() {
        return checkpoints;
    }

    /** Where the run stands. */
    StartingPoint start() {
        return start;
    }

    /** How a run's record is opened. */
    interface Recording {
        RunTracking open();
    }

    /**
     * Keeps the books while steps are made. Whatever happens after the record is open is the end of
     * a run that was begun, and is recorded.
     *
     * @param watchers told of each step after the books
     * @param warn told of what looks wrong
     * @throws InterruptedException if the thread is told to stop
     */
    RunOutcome keep(
            Recording recording, List<TrainListener> watchers, Consumer<String> warn, Steps steps)
            throws InterruptedException {
        // Checkpoints that lie elsewhere have an owner, and copies of the logs beside them.
        Optional<Store> elsewhere = config.run().checkpoint().dir().map(dir -> checkpoints.store());
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
                                    // If they cannot be put, now is the time to say so.
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
