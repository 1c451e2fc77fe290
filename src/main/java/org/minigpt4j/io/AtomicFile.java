package org.minigpt4j.io;

import org.minigpt4j.FailedException;
import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file that appears completely or not at all. Bytes go to a hidden temporary file next to the
 * target. {@link #commit()} forces them to disk, atomically renames the file over the target, and
 * forces the folder. So after a crash at any moment the target has either the old content or the
 * new. Closing without a commit leaves nothing behind; only a killed process leaves a {@code
 * .NAME.*.tmp}.
 */
public final class AtomicFile implements AutoCloseable {
    private final Path target;
    private final Path temporary;
    private final FileChannel channel;
    private boolean committed;

    private AtomicFile(Path target, Path temporary, FileChannel channel) {
        this.target = target;
        this.temporary = temporary;
        this.channel = channel;
    }

    /** Begins to write {@code target}; creates its folder if it is missing. */
    public static AtomicFile create(Path target) {
        return create(target, new FileAttribute<?>[0]);
    }

    private static AtomicFile create(Path target, FileAttribute<?>... attributes) {
        Path absolute = target.toAbsolutePath();
        String suffix = Long.toHexString(ThreadLocalRandom.current().nextLong());
        Path temporary =
                absolute.resolveSibling("." + absolute.getFileName() + "." + suffix + ".tmp");
        try {
            Files.createDirectories(absolute.getParent());
            FileChannel channel =
                    FileChannel.open(
                            temporary,
                            Set.of(
                                    StandardOpenOption.CREATE_NEW,
                                    StandardOpenOption.READ,
                                    StandardOpenOption.WRITE),
                            attributes);
            return new AtomicFile(absolute, temporary, channel);
        } catch (IOException e) {
            throw cannotWrite(target, e);
        }
    }

    /** Atomically writes a text file. */
    public static void writeString(Path target, String text) {
        try (AtomicFile file = create(target)) {
            file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
            file.commit();
        }
    }

    /** Atomically writes a text file that only its owner may read. */
    public static void writePrivate(Path target, String text) {
        try (AtomicFile file = create(target, PrivateFiles.attributes())) {
            file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
            file.commit();
        }
    }

    /** Copies {@code source} to {@code target}. */
    public static void copy(Path source, Path target) {
        try (AtomicFile file = create(target);
                FileChannel in = FileChannel.open(source)) {
            long size = in.size();
            for (long at = 0; at < size; ) {
                at += in.transferTo(at, size - at, file.channel);
            }
            file.commit();
        } catch (IOException e) {
            throw cannotWrite(target, e);
        }
    }

    /**
     * Deletes temporary files of killed writers in a folder. No other process may be writing there.
     */
    public static void clearLeft(Path folder) throws IOException {
        clearLeft(folder, "*", FileTime.fromMillis(Long.MAX_VALUE));
    }

    /**
     * Deletes temporary files that killed writers left for some files of a folder.
     *
     * @param names the files' names, as a glob
     * @param before temporary files changed later are kept, because their writer may still be
     *     running
     */
    public static void clearLeft(Path folder, String names, FileTime before) throws IOException {
        try (DirectoryStream<Path> left =
                Files.newDirectoryStream(folder, "." + names + ".*.tmp")) {
            for (Path file : left) {
                if (Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).compareTo(before)
                        < 0) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** The channel of the temporary file. */
    public FileChannel channel() {
        return channel;
    }

    /** Writes all remaining bytes of {@code bytes} at {@code position}. */
    public void write(ByteBuffer bytes, long position) {
        try {
            while (bytes.hasRemaining()) {
                position += channel.write(bytes, position);
            }
        } catch (IOException e) {
            throw cannotWrite(target, e);
        }
    }

    /** Makes the written bytes the content of the target, durably. */
    public void commit() {
        try {
            channel.force(true);
            channel.close();
            Files.move(
                    temporary,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            committed = true;
            forceFolder(target.getParent());
        } catch (IOException e) {
            throw cannotWrite(target, e);
        }
    }

    /** Discards the written bytes unless they were committed. */
    @Override
    public void close() {
        if (committed) {
            return;
        }
        try {
            channel.close();
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            throw cannotWrite(temporary, e);
        }
    }

    /** The exception for a failed write to {@code path}. */
    public static MiniGpt4Exception cannotWrite(Path path, IOException cause) {
        if (cause instanceof AccessDeniedException) {
            return new UsageException("cannot write to " + path + ": permission denied", cause);
        }
        Path absolute = path.toAbsolutePath();
        for (Path above =
                        cause instanceof FileAlreadyExistsException
                                ? absolute
                                : absolute.getParent();
                above != null;
                above = above.getParent()) {
            if (Files.isRegularFile(above)) {
                return new UsageException(
                        "could not write " + path + ": " + above + " is a file, not a folder",
                        cause);
            }
        }
        if (DiskFull.caused(cause)) {
            return new FailedException(DiskFull.advice(cause, path.toString()), cause);
        }
        String reason = ReadFailure.reason(cause);
        return new FailedException(
                "could not write " + path + ": " + reason + whatToDo(reason), cause);
    }

    private static String whatToDo(String reason) {
        return switch (reason) {
            case "Read-only file system" -> "; choose a folder that is writable";
            default -> "";
        };
    }

    private static void forceFolder(Path folder) throws IOException {
        FileChannel open;
        try {
            open = FileChannel.open(folder, StandardOpenOption.READ);
        } catch (AccessDeniedException e) {
            return; // Windows cannot open folders; its rename is durable without this
        }
        try (open) {
            open.force(true);
        }
    }
}
