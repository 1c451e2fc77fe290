package org.minigpt4j.prepare.plan;

import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.io.Upload;

import java.io.BufferedOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder that a list's shards go to, here ({@code file:} or a path) or where Hadoop's
 * FileSystem reaches. Every file in it appears whole or not at all.
 */
public final class ShardFolder implements AutoCloseable {

    private final String address;
    private final Optional<Path> local;
    private final RemoteFiles files;

    /**
     * Opens a folder; nothing is made yet.
     *
     * @param hadoop options of Hadoop's, before those it finds itself
     */
    public ShardFolder(String address, Map<String, String> hadoop) {
        this.address = address.replaceAll("/+$", "");
        this.local = local(address);
        this.files = new RemoteFiles(hadoop);
    }

    /** Where an address is on this machine, if it is. */
    public static Optional<Path> local(String address) {
        return RemoteFiles.isRemote(address)
                ? Optional.empty()
                : Optional.of(Path.of(address.replaceFirst("^file:(//)?", "")));
    }

    /** Where a file of it lies, for messages and for Hadoop. */
    public String address(String name) {
        return address + "/" + name;
    }

    /** A small file's bytes, if there is one of the name. */
    public Optional<byte[]> read(String name) throws IOException {
        try (InputStream in = stream(name)) {
            return Optional.of(in.readAllBytes());
        } catch (FileNotFoundException | NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** A file from its first byte on. */
    public InputStream stream(String name) throws IOException {
        return local.isPresent()
                ? Files.newInputStream(local.get().resolve(name))
                : files.read(address(name));
    }

    /** The files right in it, with their lengths; none when there is no such folder. */
    public Map<String, Long> list() throws IOException {
        return list(".");
    }

    /** The files right in a folder of it. */
    public Map<String, Long> list(String folder) throws IOException {
        Map<String, Long> lengths = new HashMap<>();
        if (local.isPresent()) {
            Path root = local.get().resolve(folder);
            if (Files.isDirectory(root)) {
                try (Stream<Path> entries = Files.list(root)) {
                    for (Path file : entries.filter(Files::isRegularFile).toList()) {
                        lengths.put(file.getFileName().toString(), Files.size(file));
                    }
                }
            }
        } else {
            String root = folder.equals(".") ? address : address(folder);
            for (RemoteFiles.Entry entry : files.list(root)) {
                if (!entry.folder()) {
                    String at = entry.address();
                    lengths.put(at.substring(at.lastIndexOf('/') + 1), entry.length());
                }
            }
        }
        return lengths;
    }

    /** Writes a small file. */
    public void put(String name, byte[] bytes) throws IOException {
        try (Upload upload = create(name)) {
            upload.stream().write(bytes);
            upload.commit();
        }
    }

    /** Begins a file. */
    public Upload create(String name) throws IOException {
        return local.isPresent()
                ? new LocalUpload(local.get().resolve(name))
                : files.create(address(name));
    }

    /** Removes a file, if it is there. */
    public void delete(String name) throws IOException {
        if (local.isPresent()) {
            Files.deleteIfExists(local.get().resolve(name));
        } else {
            files.delete(address(name));
        }
    }

    @Override
    public void close() {
        files.close();
    }

    private static final class LocalUpload implements Upload {

        private final AtomicFile file;
        private final OutputStream out;

        LocalUpload(Path target) {
            file = AtomicFile.create(target);
            out = new BufferedOutputStream(new Saying(file), 1 << 16);
        }

        @Override
        public OutputStream stream() {
            return out;
        }

        @Override
        public void commit() throws IOException {
            out.flush();
            file.commit();
        }

        @Override
        public void close() {
            file.close();
        }
    }

    /** Writes to the end of a file, and says where when it cannot. */
    private static final class Saying extends OutputStream {

        private final AtomicFile file;
        private long at;

        Saying(AtomicFile file) {
            this.file = file;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            file.write(ByteBuffer.wrap(bytes, from, length), at);
            at += length;
        }
    }
}
