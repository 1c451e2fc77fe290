package org.minigpt4j.track;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** The files that a run may send: those of its output folder, wherever links lead. */
final class RunFiles {

    private final Path output;

    /** Those of the run that is tracked in {@code tracking/KEY} of its output folder. */
    RunFiles(Path tracked) {
        output = outputOf(tracked);
    }

    private static Path outputOf(Path tracked) {
        Path folder = tracked.toAbsolutePath().normalize();
        Path above = folder.getParent();
        boolean tracking = above != null && above.endsWith(RunFile.TRACKING);
        return tracking ? above.getParent() : folder;
    }

    /** The file with this name after all links, if it is one and is in the run's folders. */
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
