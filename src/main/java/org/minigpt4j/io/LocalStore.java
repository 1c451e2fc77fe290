package org.minigpt4j.io;

import org.minigpt4j.FailedException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** A {@link Store} in a local folder, which is created on the first write. */
public final class LocalStore implements Store {

    private final Path root;

    /** The store in {@code root}. */
    public LocalStore(Path root) {
        this.root = root;
    }

    @Override
    public void put(String name, List<ByteBuffer> content) {
        try (AtomicFile file = AtomicFile.create(root.resolve(name))) {
            long at = 0;
            for (ByteBuffer part : content) {
                int length = part.remaining();
                file.write(part.duplicate(), at);
                at += length;
            }
            file.commit();
        }
    }

    @Override
    public byte[] get(String name) {
        try {
            return Files.readAllBytes(root.resolve(name));
        } catch (NoSuchFileException e) {
            throw new FailedException("there is no " + describe(name), e);
        } catch (IOException e) {
            throw new FailedException(
                    "could not read " + describe(name) + ": " + e.getMessage(), e);
        }
    }

    /**
     * Includes temporary files of killed processes, so that they can be removed. Files that another
     * process removes meanwhile are left out.
     */
    @Override
    public List<String> list(String prefix) {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        try {
            Files.walkFileTree(root, new Names(names));
        } catch (IOException e) {
            throw new FailedException("could not list " + root + ": " + e.getMessage(), e);
        }
        return names.stream().filter(name -> name.startsWith(prefix)).sorted().toList();
    }

    private final class Names extends SimpleFileVisitor<Path> {

        private final List<String> names;

        Names(List<String> names) {
            this.names = names;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
                names.add(root.relativize(file).toString().replace('\\', '/'));
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            return goOn(e);
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, IOException e) throws IOException {
            return e == null ? FileVisitResult.CONTINUE : goOn(e);
        }

        private FileVisitResult goOn(IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw e;
        }
    }

    @Override
    public void delete(String name) {
        Path file = root.resolve(name);
        try {
            Files.deleteIfExists(file);
            if (!file.getParent().equals(root)) {
                Files.deleteIfExists(file.getParent());
            }
        } catch (DirectoryNotEmptyException e) {
            // Remove the folder with its last file.
        } catch (IOException e) {
            throw new FailedException(
                    "could not delete " + describe(name) + ": " + e.getMessage(), e);
        }
    }

    @Override
    public String describe(String name) {
        return root.resolve(name).toString();
    }
}
