package org.minigpt4j.track;

import org.minigpt4j.config.TrackingEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Sends what runs could not send while they were on. */
public final class Replay {

    private static final Logger LOG = LoggerFactory.getLogger(Replay.class);

    private static final int DEPTH = 3;

    private final TrackingEnvironment environment;
    private final Duration timeout;

    /** A replay whose requests each have this deadline. */
    public Replay(TrackingEnvironment environment, Duration timeout) {
        this.environment = environment;
        this.timeout = timeout;
    }

    /**
     * What became of a run's entries.
     *
     * @param sent how many arrived now
     * @param left how many are still on disk
     * @param problem why, if any are, or if the run could not be looked at
     */
    public record Outcome(
            Path folder, String run, long sent, long left, Optional<String> problem) {}

    /** Sends what is left of all runs in this output folder, or in output folders below it. */
    public List<Outcome> deliverBelow(Path root) throws IOException {
        List<Outcome> outcomes = new ArrayList<>();
        for (Path folder : foldersBelow(root, DEPTH)) {
            outcomes.add(deliver(folder));
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
                folders.addAll(foldersBelow(child, depth - 1));
            }
        }
        return folders;
    }

    /**
     * Before a run begins: sends what is left of earlier runs in its output folder and in those
     * beside it, and marks runs as killed whose place in the output folder it takes.
     */
    void deliverBeside(Path output, Path own) throws IOException {
        Path absolute = output.toAbsolutePath().normalize();
        for (Path folder : foldersBelow(absolute.getParent(), 1)) {
            if (folder.toAbsolutePath().normalize().equals(own.toAbsolutePath().normalize())) {
                continue;
            }
            boolean superseded = folder.toAbsolutePath().normalize().startsWith(absolute);
            try {
                Outcome outcome = deliver(folder, superseded);
                if (outcome.sent() > 0) {
                    LOG.info(
                            "sent {} entries of the earlier run {}", outcome.sent(), outcome.run());
                }
            } catch (IOException e) {
                LOG.warn("what {} has left to send cannot be read: {}", folder, e.toString());
            }
        }
    }

    private Outcome deliver(Path folder) throws IOException {
        return deliver(folder, false);
    }

    private Outcome deliver(Path folder, boolean superseded) throws IOException {
        Optional<TrackedFolder> taken = TrackedFolder.take(folder);
        if (taken.isEmpty()) {
            return new Outcome(
                    folder,
                    RunFile.read(folder).name(),
                    0,
                    0,
                    Optional.of("its run is on and sends for itself"));
        }
        try (TrackedFolder tracked = taken.get();
                Delivery delivery =
                        new Delivery(
                                folder,
                                tracked.run(),
                                tracked.spool(),
                                uri -> StoreAddress.open(uri, environment, timeout))) {
            if (superseded && !tracked.spool().hasEnded()) {
                tracked.spool()
                        .append(
                                List.of(
                                        new Entry.Status(
                                                RunStatus.KILLED, System.currentTimeMillis())));
            }
            long before = tracked.spool().pending();
            Optional<String> problem = Optional.empty();
            try {
                delivery.deliver(() -> true);
            } catch (UnavailableException e) {
                problem = Optional.of(e.getMessage());
            }
            long left = tracked.spool().pending();
            if (superseded && left == 0 && delivery.rejected() == 0) {
                tracked.delete();
            }
            return new Outcome(folder, tracked.run().name(), before - left, left, problem);
        }
    }
}
