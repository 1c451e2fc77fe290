package org.minigpt4j.data;

import org.minigpt4j.io.RemoteFiles;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A folder of small files, local or remote, that are read as a whole. */
interface Folder {

    /**
     * Returns a file's bytes.
     *
     * @param name its path within the folder, parts separated by slashes
     * @throws NoSuchFileException or {@link FileNotFoundException} if it does not exist
     */
    byte[] read(String name) throws IOException;

    /** Length of a file in bytes; throws the same exceptions as {@link #read}. */
    long length(String name) throws IOException;

    /** The folder at {@code root}, a path or a URI. */
    static Folder at(String root, RemoteStorage remote) {
        return RemoteFiles.isRemote(root) ? new Far(root, remote) : new Near(Path.of(root));
    }

    /** A folder on this machine. */
    record Near(Path root) implements Folder {

        @Override
        public byte[] read(String name) throws IOException {
            return Files.readAllBytes(root.resolve(name));
        }

        @Override
        public long length(String name) throws IOException {
            return Files.size(root.resolve(name));
        }
    }

    /** A folder on HDFS, S3 or another remote storage. */
    record Far(String root, RemoteStorage storage) implements Folder {

        @Override
        public byte[] read(String name) throws IOException {
            return storage.read(root + "/" + name);
        }

        @Override
        public long length(String name) throws IOException {
            return storage.length(root + "/" + name);
        }
    }
}
