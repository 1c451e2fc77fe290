package org.minigpt4j.track;

import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.io.DiskFull;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.track.store.StoreAddress;
import org.minigpt4j.track.store.UnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Sends the records that runs could not send while they ran. */
public final class SpoolReplay {

    private static final Logger LOG = LoggerFactory.getLogger(SpoolReplay.class);

    private static final int DEPTH = 3;

    private final TrackingEnvironment environment;
    private final Duration timeout;
    private final Optional<String> configured;
    private final boolean restoreDeleted;

    /** Creates a replay with this deadline for each request. */
    public SpoolReplay(TrackingEnvironment environment, Duration timeout) {
        this(environment, timeout, environment.uri(), false);
    }

    /** Creates a replay that also restores runs and experiments that were deleted in MLflow. */
    public static SpoolReplay restoring(TrackingEnvironment environment, Duration timeout) {
        return new SpoolReplay(environment, timeout, environment.uri(), true);
    }

    /**
     * Creates a replay.
     *
     * @param configured the only server that gets the environment's credentials; if empty, each run
     *     that the user started may use them for its own server
     */
    SpoolReplay(
            TrackingEnvironment environment,
            Duration timeout,
            Optional<String> configured,
            boolean restoreDeleted) {
        this.restoreDeleted = restoreDeleted;
        this.environment = environment;
        this.timeout = timeout;
        this.configured = configured;
    }

    /**
     * A tracking folder without proof that this user started its run.
     *
     * @param uri the address that it would be sent to
     */
    public record Foreign(Path folder, String run, String user, String uri) {}

    /** The runs of this folder, or of output folders below it, that this user did not start. */
    public List<Foreign> foreignBelow(Path root) throws IOException {
        List<Foreign> foreign = new ArrayList<>();
        for (Path folder : foldersBelow(root, DEPTH)) {
            try {
                RunFile run = RunFile.read(folder);
                if (!RunSeal.isOurs(folder, run, environment)) {
                    foreign.add(new Foreign(folder, run.name(), run.user(), run.uri()));
                }
            } catch (IOException e) {
                LOG.debug("{}: {}", folder, e.toString()); // reported when it is sent
            }
        }
        return foreign;
    }

    /**
     * The result for one run.
     *
     * @param sent number of entries sent now
     * @param left number of entries that stay on disk and that no running process will send
     * @param problem why entries are left, that the run sends its own records, or why it could not
     *     be read; otherwise empty
     * @param readable false if the run's records could not be read
     */
    public record Outcome(
            Path folder,
            String run,
            long sent,
            long left,
            Optional<String> problem,
            boolean readable) {}

    /**
     * Sends the unsent records of runs in this output folder, or in output folders below it.
     *
     * @param all whether to send runs of other users too, see {@link #foreignBelow}
     */
    public List<Outcome> deliverBelow(Path root, boolean all) throws IOException {
        List<Outcome> outcomes = new ArrayList<>();
        for (Path folder : foldersBelow(root, DEPTH)) {
            try {
                if (all || RunSeal.isOurs(folder, RunFile.read(folder), environment)) {
                    outcomes.add(deliver(folder, false, () -> true));
                }
            } catch (IOException | RuntimeException e) {
                String problem =
                        DiskFull.caused(e)
                                ? DiskFull.advice(e, folder.toString())
                                : e.getMessage() + "; its unsent records cannot be sent";
                outcomes.add(
                        new Outcome(folder, folder.toString(), 0, 0, Optional.of(problem), false));
            }
        }
        return outcomes;
    }

    /** The tracking folders in {@code root} and in folders up to {@code depth} levels below it. */
    private static List<Path> foldersBelow(Path root, int depth) throws IOException {
        List<Path> folders = new ArrayList<>(RunFile.folders(root));
        if (depth > 0 && Files.isDirectory(root)) {
            List<Path> children;
            try (Stream<Path> entries = Files.list(root)) {
                children = entries.filter(Files::isDirectory).sorted().toList();
            }
            for (Path child : children) {
                try {
                    folders.addAll(foldersBelow(child, depth - 1));
                } catch (AccessDeniedException e) {
                    LOG.debug(
                            "{} belongs to another user",
                            child); // and so are the runs tracked there
                }
            }
        }
        return folders;
    }

    /**
     * Called before a run begins. Sends the unsent records of this user's earlier runs in the same
     * output folder and in its sibling folders, and marks runs in the same output folder as killed.
     * After a store fails for one run, it is not tried for others. Problems with other runs are not
     * errors here.
     *
     * @param goOn asked before each request whether to continue
     * @return true if all were handled
     */
    boolean deliverBeside(Path output, Path own, BooleanSupplier goOn) {
        Path absolute = output.toAbsolutePath().normalize();
        Set<String> failing = new HashSet<>();
        try {
            for (Path folder : foldersBelow(absolute.getParent(), 1)) {
                if (!goOn.getAsBoolean()) {
                    return false;
                }
                Path place = folder.toAbsolutePath().normalize();
                if (!place.equals(own.toAbsolutePath().normalize())) {
                    deliverBeside(folder, place.startsWith(absolute), failing, goOn);
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("the unsent records next to {} cannot be listed: {}", output, e.toString());
        }
        return goOn.getAsBoolean();
    }

    private void deliverBeside(
            Path folder, boolean superseded, Set<String> failing, BooleanSupplier goOn) {
        try {
            RunFile run = RunFile.read(folder);
            String uri = run.uri();
            if (!RunSeal.isOurs(folder, run, environment)) {
                LOG.debug("{} belongs to another user; launch/track sync --all sends it", folder);
                return;
            }
            if (failing.contains(uri)) {
                return;
            }
            Outcome outcome = deliver(folder, superseded, goOn);
            if (outcome.sent() > 0) {
                LOG.info("sent {} entries of the earlier run {}", outcome.sent(), outcome.run());
            }
            if (outcome.left() > 0) {
                failing.add(uri);
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("the unsent records in {} cannot be read: {}", folder, e.toString());
        }
    }

    private Outcome deliver(Path folder, boolean superseded, BooleanSupplier goOn)
            throws IOException {
        Optional<TrackedFolder> taken = TrackedFolder.take(folder);
        if (taken.isEmpty()) {
            return on(folder, RunFile.read(folder).name(), 0);
        }
        try (TrackedFolder tracked = taken.get();
                SpoolSender delivery =
                        new SpoolSender(
                                folder,
                                tracked.run(),
                                tracked.spool(),
                                uri -> StoreAddress.open(uri, shown(folder, uri), timeout),
                                restoreDeleted)) {
            if (superseded && !tracked.spool().hasEnded()) {
                tracked.spool()
                        .append(
                                List.of(
                                        new Entry.Status(
                                                RunStatus.KILLED, System.currentTimeMillis())));
            }
            String name = tracked.run().name();
            long before = tracked.spool().pending();
            Optional<String> problem = Optional.empty();
            boolean wanted = false;
            try {
                while (!wanted && goOn.getAsBoolean() && delivery.deliverOne()) {
                    wanted = tracked.isWanted();
                }
            } catch (UnavailableException e) {
                problem = Optional.of(e.getMessage());
            }
            long left = tracked.spool().pending();
            if (wanted) {
                return on(folder, name, before - left);
            }
            if (superseded && left == 0 && delivery.rejected() == 0) {
                tracked.delete();
            }
            return new Outcome(folder, name, before - left, left, problem, true);
        }
    }

    /** The environment with only those credentials that a run's server may get. */
    private TrackingEnvironment shown(Path folder, String uri) throws UnavailableException {
        try {
            boolean ours = RunSeal.isOurs(folder, RunFile.read(folder), environment);
            return environment.towards(uri, configured.orElse(ours ? uri : ""));
        } catch (IOException e) {
            throw new UnavailableException(e.getMessage(), e);
        }
    }

    private static Outcome on(Path folder, String run, long sent) {
        return new Outcome(
                folder,
                run,
                sent,
                0,
                Optional.of("its run is in progress and sends its own records"),
                true);
    }
}
