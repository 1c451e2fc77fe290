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

/** The pictures that a benchmark runs on, in memory, so that no disk is measured. */
public final class JpegFiles {

    private JpegFiles() {}

    /**
     * The files named {@code *.jpg} in a folder, by name; at least one.
     *
     * @throws UsageException if there is no such folder or no such file in it
     */
    public static List<byte[]> in(Path folder) {
        List<byte[]> files = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path path : entries.filter(p -> p.toString().endsWith(".jpg")).sorted().toList()) {
                files.add(Files.readAllBytes(path));
            }
        } catch (NotDirectoryException | NoSuchFileException e) {
            throw new UsageException(
                    folder + " is no folder; docs/peers/pictures.py draws folders of pictures", e);
        } catch (IOException e) {
            throw new FailedException(folder + " cannot be read: " + e, e);
        }
        if (files.isEmpty()) {
            throw new UsageException(
                    folder + " holds no .jpg file; docs/peers/pictures.py draws some");
        }
        return files;
    }
}
