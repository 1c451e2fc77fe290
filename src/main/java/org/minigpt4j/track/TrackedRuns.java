package org.minigpt4j.track;

import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.track.store.RefusedException;
import org.minigpt4j.track.store.StoreAddress;
import org.minigpt4j.track.store.TrackingStore;
import org.minigpt4j.track.store.UnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * Decides under which run an output folder is recorded: a new one, or the one recorded there last.
 */
final class TrackedRuns {

    private static final Logger LOG = LoggerFactory.getLogger(TrackedRuns.class);

    /** How long the question whether a run was deleted may take. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    /** How long another process may take to finish the request with which it sends our entries. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private TrackedRuns() {}

    /**
     * A new run of an output folder.
     *
     * @param from the output folder of the run that this one's projection comes from
     */
    static TrackedFolder begin(Path output, TrackerSettings settings, Optional<Path> from)
            throws IOException {
        RunFile run =
                new RunFile(
                        settings.uri(),
                        settings.experiment(),
                        settings.runName(),
                        UUID.randomUUID().toString(),
                        startAfterAll(output, settings),
                        settings.environment().user(),
                        from.map(path -> path.toAbsolutePath().normalize().toString()).orElse(null),
                        null,
                        null);
        return TrackedFolder.make(run.folder(output), RunSeal.seal(run, settings.environment()));
    }

    /**
     * The run that was recorded last in this store, once no other process sends its entries. Empty
     * if there is none, if it was deleted in the store, or if another process keeps it. Damaged
     * runs are moved aside.
     */
    static Optional<TrackedFolder> resume(Path output, TrackerSettings settings)
            throws IOException {
        for (Path folder : RunFile.folders(output)) {
            try {
                RunFile.read(folder);
            } catch (DamagedSpoolException e) {
                setAside(folder, e);
            }
        }
        // Entries of versions before seals have none; they go where the user says that they may.
        Optional<Path> folder =
                RunFile.newest(
                                output,
                                run ->
                                        run.uri().equals(settings.uri())
                                                && (run.seal() == null
                                                        || RunSeal.isOurs(
                                                                run.folder(output),
                                                                run,
                                                                settings.environment())))
                        .map(run -> run.folder(output));
        if (folder.isEmpty()) {
            return Optional.empty();
        }
        if (!settings.restoreDeleted() && isDeleted(folder.get(), settings)) {
            return Optional.empty();
        }
        try {
            Optional<TrackedFolder> taken =
                    TrackedFolder.await(folder.get(), settings.timeout().plus(PATIENCE));
            if (taken.isEmpty()) {
                LOG.warn("another process keeps {}; this is recorded as a new run", folder.get());
            } else if (taken.get().run().seal() == null) {
                RunSeal.seal(taken.get().run(), settings.environment()).write(folder.get());
            }
            return taken;
        } catch (DamagedSpoolException e) {
            setAside(folder.get(), e);
            return Optional.empty();
        }
    }

    /**
     * The run that this user recorded last in any store, with the settings it was recorded with.
     */
    static Optional<RunFile> latest(Path output, TrackingEnvironment environment)
            throws IOException {
        return RunFile.newest(
                output,
                run -> run.seal() != null && RunSeal.isOurs(run.folder(output), run, environment));
    }

    /**
     * Whether the run was deleted in its store; if so, its folder is moved aside. A store that does
     * not answer soon counts as one that still has the run.
     */
    static boolean isDeleted(Path folder, TrackerSettings settings) throws IOException {
        RunFile run = RunFile.read(folder);
        Duration limit = settings.timeout().compareTo(LOOK) < 0 ? settings.timeout() : LOOK;
        if (run.runId() == null) {
            return false;
        }
        try (TrackingStore store = StoreAddress.open(run.uri(), settings.environment(), limit)) {
            if (!store.isRunDeleted(run.runId())) {
                return false;
            }
        } catch (UnavailableException | RefusedException e) {
            LOG.debug("could not find out whether {} was deleted: {}", run.runId(), e.toString());
            return false;
        }
        move(folder, "deleted");
        LOG.warn(
                "run {} or its experiment {} was deleted in the tracking store; this is recorded as"
                        + " a new run (tracking.restore_deleted: True restores the old one)",
                run.runId(),
                run.experiment());
        return true;
    }

    private static void setAside(Path folder, DamagedSpoolException why) throws IOException {
        LOG.warn(
                "{}; it was moved to {}, and this is recorded as a new run",
                why.getMessage(),
                move(folder, "damaged"));
    }

    /** Moves a run's folder to where no process looks for entries to send; a person can. */
    private static Path move(Path folder, String where) throws IOException {
        Path aside = folder.resolveSibling(where).resolve(folder.getFileName());
        Files.createDirectories(aside.getParent());
        return Files.move(folder, aside);
    }

    /**
     * Now, but later than the start of each of this user's runs in the output folder. A resumed run
     * continues the one that started last, even if the clock was set back in between.
     */
    private static long startAfterAll(Path output, TrackerSettings settings) throws IOException {
        long start = System.currentTimeMillis();
        for (Path folder : RunFile.folders(output)) {
            try {
                RunFile run = RunFile.read(folder);
                if (RunSeal.isOurs(folder, run, settings.environment())) {
                    start = Math.max(start, run.started() + 1);
                }
            } catch (DamagedSpoolException e) {
                LOG.debug("{}", e.getMessage()); // no run can continue it
            }
        }
        return start;
    }
}
