package org.minigpt4j.track;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** The files that a run may send: only those in its output folder, after resolving links. */
final class RunFiles {

    private final Path output;

    /** The files of the run whose tracking folder is {@code tracking/KEY} in its output folder. */
    RunFiles(Path tracked) {
        output = outputOf(tracked);
    }

    private static Path outputOf(Path tracked) {
        Path folder = tracked.toAbsolutePath().normalize();
        Path above = folder.getParent();
        boolean tracking = above != null && above.endsWith(RunFile.TRACKING);
        return tracking ? above.getParent() : folder;
    }

    /**
     * The file with this name, with all links resolved; empty if it is not a regular file inside
     * the run's folders.
     */
    Optional<Path> own(String name) {
        try {
            Path file = Path.of(name).toRealPath();
            return Optional.of(file)
                    .filter(Files::isRegularFile)
                    .filter(real -> real.startsWith(root()));
        } catch (IOException | InvalidPathException e) {
            return Optional.empty();
        }
    }

    private Path root() {
        try {
            return output.toRealPath();
        } catch (IOException e) {
            return output;
        }
    }
}
