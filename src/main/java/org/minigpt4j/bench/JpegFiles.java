package org.minigpt4j.bench;

import org.minigpt4j.FailedException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The pictures that a benchmark runs on, in memory, so that no disk is measured. */
final class JpegFiles {

    private JpegFiles() {}

    /** The files named {@code *.jpg} in a folder, by name; at least one. */
    static List<byte[]> in(Path folder) {
        List<byte[]> files = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path path : entries.filter(p -> p.toString().endsWith(".jpg")).sorted().toList()) {
                files.add(Files.readAllBytes(path));
            }
        } catch (IOException e) {
            throw new FailedException(folder + " cannot be read: " + e.getMessage(), e);
        }
        if (files.isEmpty()) {
            throw new FailedException(folder + " holds no .jpg file");
        }
        return files;
    }
}
