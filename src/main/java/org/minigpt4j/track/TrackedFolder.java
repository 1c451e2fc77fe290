package org.minigpt4j.track;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** A run's tracking folder while this process, and no other, may deliver it. */
final class TrackedFolder implements AutoCloseable {

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

    /** Takes it, unless another process has it. */
    static Optional<TrackedFolder> take(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        folder.resolve("lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
                return Optional.empty();
            }
            return Optional.of(new TrackedFolder(folder, channel));
        } catch (OverlappingFileLockException e) {
            channel.close();
            return Optional.empty();
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

    /** Removes the folder and gives it up. */
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
