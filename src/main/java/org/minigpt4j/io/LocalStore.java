package org.minigpt4j.io;

import org.minigpt4j.FailedException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A {@link Store} in a folder of this machine, made when something is first put into it. */
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

    /** Temporary files that a killed process left count as well, so that they can be removed. */
    @Override
    public List<String> list(String prefix) {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> tree = Files.walk(root)) {
            return tree.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> name.startsWith(prefix))
                    .sorted()
                    .toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            throw new FailedException("could not list " + root + ": " + e.getMessage(), e);
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
            // The folder goes with its last file.
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
