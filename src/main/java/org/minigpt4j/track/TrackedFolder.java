package org.minigpt4j.track;

import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.PrivateFiles;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** A run's tracking folder, locked so that only this process may send its records. */
final class TrackedFolder implements AutoCloseable {

    private static final String WANTED = "wanted";
    private static final Duration POLL = Duration.ofMillis(50);

    private final Path folder;
    private final FileChannel channel;
    private final RunFile run;
    private final Spool spool;

    private TrackedFolder(Path folder, FileChannel channel) throws IOException {
        this.folder = folder;
        this.channel = channel;
        run = RunFile.read(folder);
        spool = Spool.open(folder);
    }

    /**
     * Creates the folder of a new run. It is locked before it looks like a tracking folder, so that
     * no other process can take it first.
     */
    static TrackedFolder make(Path folder, RunFile run) throws IOException {
        PrivateFiles.folder(folder);
        return take(folder, () -> run.write(folder))
                .orElseThrow(() -> new IOException(folder + " belongs to another run"));
    }

    /** Locks the folder; empty if another process has locked it. */
    static Optional<TrackedFolder> take(Path folder) throws IOException {
        return take(folder, () -> {});
    }

    /**
     * Locks the folder after asking the process that is sending its records to release it between
     * two requests, see {@link #isWanted}.
     *
     * @param atMost how long to wait
     */
    static Optional<TrackedFolder> await(Path folder, Duration atMost) throws IOException {
        long end = System.nanoTime() + atMost.toNanos();
        try (FileChannel wanted = channel(folder.resolve(WANTED))) {
            boolean asked = false;
            while (true) {
                Optional<TrackedFolder> taken = take(folder);
                if (taken.isPresent() || System.nanoTime() - end >= 0) {
                    return taken;
                }
                asked = asked || lock(wanted);
                Thread.sleep(POLL.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /**
     * Whether the folder's run is waiting for it. This is signalled by a lock instead of a file,
     * because a lock disappears with the waiting process.
     */
    boolean isWanted() throws IOException {
        Path file = folder.resolve(WANTED);
        if (!Files.exists(file)) {
            return false;
        }
        try (FileChannel wanted = channel(file)) {
            return !lock(wanted);
        }
    }

    private static FileChannel channel(Path file) throws IOException {
        return FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
    }

    /** Locks a file until its channel is closed; returns false if it is already locked. */
    private static boolean lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // locked by this process
        }
    }

    /**
     * Rejects links in the folder, which could redirect writes to another file.
     *
     * @throws DamagedSpoolException if there is one
     */
    private static void requireNoLinks(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            Optional<Path> link = files.filter(Files::isSymbolicLink).sorted().findFirst();
            if (link.isPresent()) {
                throw new DamagedSpoolException(link.get(), " (it is a link)", null);
            }
        }
    }

    private static Optional<TrackedFolder> take(Path folder, Runnable first) throws IOException {
        requireNoLinks(folder);
        FileChannel channel = channel(folder.resolve("lock"));
        try {
            if (!lock(channel)) {
                channel.close();
                return Optional.empty();
            }
            first.run();
            AtomicFile.clearLeft(folder);
            return Optional.of(new TrackedFolder(folder, channel));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    Path folder() {
        return folder;
    }

    RunFile run() {
        return run;
    }

    Spool spool() {
        return spool;
    }

    /** Deletes the folder and releases the lock. */
    void delete() throws IOException {
        close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            spool.close();
        } finally {
            channel.close();
        }
    }
}
