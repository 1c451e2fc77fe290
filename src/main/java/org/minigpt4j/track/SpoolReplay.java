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

/** Sends what runs could not send while they were on. */
public final class SpoolReplay {

    private static final Logger LOG = LoggerFactory.getLogger(SpoolReplay.class);

    private static final int DEPTH = 3;

    private final TrackingEnvironment environment;
    private final Duration timeout;
    private final Optional<String> configured;
    private final boolean restoreDeleted;

    /** A replay whose requests each have this deadline. */
    public SpoolReplay(TrackingEnvironment environment, Duration timeout) {
        this(environment, timeout, environment.uri(), false);
    }

    /** The same, taking deleted runs and experiments out of MLflow's waste bin. */
    public static SpoolReplay restoring(TrackingEnvironment environment, Duration timeout) {
        return new SpoolReplay(environment, timeout, environment.uri(), true);
    }

    /**
     * The same.
     *
     * @param configured the only server that gets the environment's credentials; without it, that
     *     is the one which the user configured for each run that he started
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
     * A tracked folder that nothing shows to be this user's.
     *
     * @param uri where it wants to be sent
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
                LOG.debug("{}: {}", folder, e.toString()); // told by whoever delivers it
            }
        }
        return foreign;
    }

    /**
     * What became of a run's entries.
     *
     * @param sent how many arrived now
     * @param left how many are still on disk, and nobody is about to send
     * @param problem why, if any are, or if the run sends for itself or could not be looked at
     * @param readable false if it could not be looked at
     */
    public record Outcome(
            Path folder,
            String run,
            long sent,
            long left,
            Optional<String> problem,
            boolean readable) {}

    /**
     * Sends what is left of runs in this output folder, or in output folders below it.
     *
     * @param all those of others too, see {@link #foreignBelow}
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
                                : e.getMessage() + "; what it has left cannot be sent";
                outcomes.add(
                        new Outcome(folder, folder.toString(), 0, 0, Optional.of(problem), false));
            }
        }
        return outcomes;
    }

    /** Tracking folders of {@code root} as an output folder, and of folders so far below it. */
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
                    LOG.debug("{} is somebody else's", child); // and so is what was tracked there
                }
            }
        }
        return folders;
    }

    /**
     * Before a run begins: sends what is left of earlier runs in its output folder and in those
     * beside it which this user started, and marks runs as killed whose place in the output folder
     * it takes. A store that did not take one run's entries is not asked to take another's, and
     * nothing that is wrong with a neighbour is an error here.
     *
     * @param goOn asked before each request
     * @return true if it came to an end
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
            LOG.warn("what is left to send beside {} cannot be listed: {}", output, e.toString());
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
            LOG.warn("what {} has left to send cannot be read: {}", folder, e.toString());
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

    /** What a run's server may be shown. */
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
