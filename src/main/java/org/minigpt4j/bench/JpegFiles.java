package org.minigpt4j.bench;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Reads the pictures for a benchmark into memory, so that the disk is not measured. */
public final class JpegFiles {

    private JpegFiles() {}

    /**
     * Reads the files named {@code *.jpg} in a folder, sorted by name.
     *
     * @throws UsageException if the folder does not exist or has no such file
     */
    public static List<byte[]> in(Path folder) {
        List<byte[]> files = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path path : entries.filter(p -> p.toString().endsWith(".jpg")).sorted().toList()) {
                files.add(Files.readAllBytes(path));
            }
        } catch (NotDirectoryException | NoSuchFileException e) {
            throw new UsageException(
                    folder + " is not a folder; docs/peers/pictures.py creates folders of pictures",
                    e);
        } catch (IOException e) {
            throw new FailedException(folder + " cannot be read: " + e, e);
        }
        if (files.isEmpty()) {
            throw new UsageException(
                    folder + " contains no .jpg file; docs/peers/pictures.py creates some");
        }
        return files;
    }
}
