package org.minigpt4j.train.run;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.io.AtomicFile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/**
 * Keeps a second process out of an output folder while one trains into it: they would delete each
 * other's unfinished files and cut each other's logs.
 *
 * <p>It is a lock of the operating system's on the file {@code lock} there, which goes with the
 * process however that ends, so a run that was killed can go on at once and nothing has ever to be
 * removed by hand. The file stays; it says who has the lock, or had it last. Some file systems know
 * no locks: there a run continues without one and says so.
 *
 * <p>POSIX drops a process's locks on a file as soon as that process closes it anywhere, so the
 * process that has it must not open the file again.
 */
public final class RunLock implements AutoCloseable {

    /** Behind the text, since some systems let nobody read what is locked. */
    private static final long PLACE = 1L << 30;

    private final FileChannel channel;
    private final Optional<String> notice;
    private final Path file;
    private final Object key;

    /** How a file is locked: null if another process has it. */
    interface Locking {
        FileLock lock(FileChannel channel) throws IOException;
    }

    private RunLock(FileChannel channel, Optional<String> notice, Path file) {
        this.channel = channel;
        this.notice = notice;
        this.file = file;
        key = key(file);
    }

    /**
     * Takes the folder for this process, making it where it is missing.
     *
     * @throws UsageException if somebody trains into it
     */
    static RunLock take(RunFolder folder) {
        return take(folder, channel -> channel.tryLock(PLACE, 1, false));
    }

    static RunLock take(RunFolder folder, Locking locking) {
        try {
            Files.createDirectories(folder.root());
            FileChannel channel =
                    FileChannel.open(
                            folder.lock(),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            try {
                Optional<String> notice = lock(channel, folder, locking);
                byte[] who = self().getBytes(StandardCharsets.UTF_8);
                channel.truncate(0).write(ByteBuffer.wrap(who), 0);
                return new RunLock(channel, notice, folder.lock());
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder.lock(), e);
        }
    }

    /** Locks it, or says why that cannot be done here. */
    private static Optional<String> lock(FileChannel channel, RunFolder folder, Locking locking) {
        try {
            if (isHeld(channel, locking)) {
                throw new UsageException(busy(folder));
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(
                    folder.root()
                            + " cannot be locked ("
                            + e.getMessage()
                            + "): make sure that no other process trains into it");
        }
    }

    /** Who trains into the folder now, in words, if somebody does and it can be known. */
    public static Optional<String> holder(RunFolder folder) {
        try (FileChannel channel = FileChannel.open(folder.lock(), StandardOpenOption.READ)) {
            return isHeld(channel, c -> c.tryLock(PLACE, 1, true))
                    ? Optional.of(busy(folder))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // nobody ever trained there, or it knows no locks
        }
    }

    /** True if another has it; this process has it from now on if not. */
    private static boolean isHeld(FileChannel channel, Locking locking) throws IOException {
        try {
            return locking.lock(channel) == null;
        } catch (OverlappingFileLockException e) {
            return true; // another run of this process
        }
    }

    private static String busy(RunFolder folder) {
        String who;
        try {
            who = Files.readString(folder.lock()).strip();
        } catch (IOException e) {
            who = "another process";
        }
        return folder.root()
                + " is being trained into by "
                + who
                + "; wait until it ends, stop it, or set another run.output_dir";
    }

    /** This process, in words. */
    static String self() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "a machine without a name";
        }
        return "process " + ProcessHandle.current().pid() + " on " + host;
    }

    /** What a user should know, where there is no lock. */
    Optional<String> notice() {
        return notice;
    }

    /**
     * To be asked now and then.
     *
     * @throws FailedException if the folder was removed or replaced since it was taken
     */
    void require() {
        Object now = key(file);
        if (now == null || !now.equals(key)) {
            throw new FailedException(
                    ("%s was removed or replaced while a run was writing into it. The"
                                    + " run ends here, and the folder's contents are lost. Run the"
                                    + " same command to start again")
                            .formatted(file.toAbsolutePath().getParent()));
        }
    }

    /**
     * What identifies a file on its file system; its path if there is nothing else, null if it is
     * gone.
     */
    private static Object key(Path file) {
        try {
            Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
            return key == null ? file : key;
        } catch (IOException e) {
            return null;
        }
    }

    /** Lets others in. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
