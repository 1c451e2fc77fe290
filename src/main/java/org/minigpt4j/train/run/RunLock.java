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
 * Keeps a second process out of an output folder while one trains into it. Two processes would
 * delete each other's unfinished files and cut each other's logs.
 *
 * <p>It is an operating-system lock on the file {@code lock} in the folder. The lock is released
 * when the process ends, however it ends. So a killed run can be restarted immediately, and nothing
 * has to be removed by hand. The file stays; it names the process that has the lock or had it last.
 * On file systems without locks, a run continues without one and reports that.
 *
 * <p>POSIX releases a process's locks on a file as soon as that process closes the file anywhere,
 * so the process that holds the lock must not open the file again.
 */
public final class RunLock implements AutoCloseable {

    /**
     * The locked byte is beyond the text, because on some systems a locked range cannot be read.
     */
    private static final long PLACE = 1L << 30;

    private final FileChannel channel;
    private final Optional<String> notice;
    private final Path file;
    private final Object key;

    /** Locks a file; returns null if another process holds the lock. */
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
     * Locks the folder for this process; creates it if it is missing.
     *
     * @throws UsageException if another process trains into it
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

    /** Locks the file; returns a message if the file system does not support locks. */
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

    /**
     * A message that names the process that trains into the folder; empty if there is none or it
     * cannot be determined.
     */
    public static Optional<String> holder(RunFolder folder) {
        try (FileChannel channel = FileChannel.open(folder.lock(), StandardOpenOption.READ)) {
            return isHeld(channel, c -> c.tryLock(PLACE, 1, true))
                    ? Optional.of(busy(folder))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // never trained into, or no support for locks
        }
    }

    /** True if another process holds the lock; otherwise this process now holds it. */
    private static boolean isHeld(FileChannel channel, Locking locking) throws IOException {
        try {
            return locking.lock(channel) == null;
        } catch (OverlappingFileLockException e) {
            return true; // held by another run of this process
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

    /** Describes this process in words. */
    static String self() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "an unnamed machine";
        }
        return "process " + ProcessHandle.current().pid() + " on " + host;
    }

    /** A message for the user if the folder could not be locked. */
    Optional<String> notice() {
        return notice;
    }

    /**
     * Checks that the folder still exists; call it now and then.
     *
     * @throws FailedException if the folder was removed or replaced since it was locked
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
     * Identifies a file on its file system, or by its path if the file system has no such key; null
     * if the file is gone.
     */
    private static Object key(Path file) {
        try {
            Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
            return key == null ? file : key;
        } catch (IOException e) {
            return null;
        }
    }

    /** Releases the lock. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
