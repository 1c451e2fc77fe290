package org.minigpt4j.data.shard;

import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.LocalCache;
import org.minigpt4j.io.RemoteFiles;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A tar of samples, local or remote. */
public sealed interface Shard {

    /** Its path or URI, used in messages. */
    String address();

    /** File name with its folder, for messages. */
    default String name() {
        String address = address();
        return address.substring(address.lastIndexOf('/', address.lastIndexOf('/') - 1) + 1);
    }

    /** The first bytes; does not copy the rest of a remote shard. */
    byte[] head(int bytes) throws IOException;

    /** Length in bytes. */
    long length() throws IOException;

    /** Time of the last change in milliseconds since the epoch; 0 if unknown. */
    default long modified() throws IOException {
        return 0;
    }

    /** Opens it for random access. */
    FileChannel open() throws IOException;

    /** Starts copying it to this machine, if it is remote. */
    void prefetch();

    /** Opens the index next to it. */
    InputStream openIndex() throws IOException;

    /** Writes its index next to it. */
    void writeIndex(String text) throws IOException;

    /** A tar on this machine. */
    record Local(Path path) implements Shard {

        @Override
        public String address() {
            return path.toAbsolutePath().normalize().toString();
        }

        @Override
        public long length() throws IOException {
            return Files.size(path);
        }

        @Override
        public long modified() throws IOException {
            return Files.getLastModifiedTime(path).toMillis();
        }

        @Override
        public byte[] head(int bytes) throws IOException {
            try (InputStream in = Files.newInputStream(path)) {
                return in.readNBytes(bytes);
            }
        }

        @Override
        public FileChannel open() throws IOException {
            return FileChannel.open(path);
        }

        @Override
        public void prefetch() {}

        @Override
        public InputStream openIndex() throws IOException {
            return Files.newInputStream(index());
        }

        @Override
        public void writeIndex(String text) {
            AtomicFile.writeString(index(), text);
        }

        private Path index() {
            return path.resolveSibling(path.getFileName() + ".index");
        }

        @Override
        public String toString() {
            return path.toString();
        }
    }

    /** A remote tar, read through a cache on this machine. */
    record Remote(String address, long length, RemoteFiles files, LocalCache cache)
            implements Shard {

        @Override
        public byte[] head(int bytes) throws IOException {
            try (InputStream in = files.read(address)) {
                return in.readNBytes(bytes);
            }
        }

        @Override
        public FileChannel open() throws IOException {
            return cache.open(address, length);
        }

        @Override
        public void prefetch() {
            cache.prefetch(address, length);
        }

        @Override
        public InputStream openIndex() throws IOException {
            return files.read(address + ".index");
        }

        @Override
        public void writeIndex(String text) throws IOException {
            files.write(address + ".index", text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String toString() {
            return address;
        }
    }

    /** A packed tar, read from the copy that {@link PackedTar} unpacked. */
    record Unpacked(Shard packed, Path copy) implements Shard {

        @Override
        public String address() {
            return packed.address();
        }

        @Override
        public long length() throws IOException {
            return Files.size(copy);
        }

        @Override
        public byte[] head(int bytes) throws IOException {
            return new Local(copy).head(bytes);
        }

        @Override
        public FileChannel open() throws IOException {
            return FileChannel.open(copy);
        }

        @Override
        public void prefetch() {}

        @Override
        public InputStream openIndex() throws IOException {
            return new Local(copy).openIndex();
        }

        @Override
        public void writeIndex(String text) {
            new Local(copy).writeIndex(text);
        }

        @Override
        public String toString() {
            return packed.toString();
        }
    }
}
