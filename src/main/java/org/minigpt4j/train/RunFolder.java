package org.minigpt4j.train;

import org.minigpt4j.UsageException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The output folder of a run: {@code log.txt}, {@code metrics.jsonl}, {@code checkpoints/N}. */
public final class RunFolder {

    private static final String CHECKPOINTS = "checkpoints";

    private final Path root;

    /** The folder of a run that was or will be. */
    public RunFolder(Path root) {
        this.root = root;
    }

    /** True if {@code folder} holds the checkpoints of a run. */
    public static boolean isRun(Path folder) {
        return Files.isDirectory(folder.resolve(CHECKPOINTS));
    }

    /** Where it is. */
    public Path root() {
        return root;
    }

    /** The merged configuration and a line of JSON per epoch, as the reference writes them. */
    public Path log() {
        return root.resolve("log.txt");
    }

    /** A line of JSON per iteration. */
    public Path metrics() {
        return root.resolve("metrics.jsonl");
    }

    /** The folder of the checkpoint behind {@code iteration} iterations. */
    public Path checkpoint(int iteration) {
        return checkpoints().resolve("%08d".formatted(iteration));
    }

    /** The folder of all checkpoints. */
    Path checkpoints() {
        return root.resolve(CHECKPOINTS);
    }

    /** The newest finished checkpoint's folder. */
    public Optional<Path> newest() {
        return finished().stream().findFirst();
    }

    /** Folders of finished checkpoints, the newest first. */
    List<Path> finished() {
        Path folder = checkpoints();
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> Files.exists(entry.resolve(Checkpoint.MANIFEST)))
                    .filter(entry -> entry.getFileName().toString().matches("\\d+"))
                    .sorted(Comparator.comparing((Path p) -> p.getFileName().toString()).reversed())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The state to go on from.
     *
     * @param checkpoint the newest one that can be read
     * @param damaged what is wrong with those that are newer
     */
    record Resumable(Optional<Checkpoint> checkpoint, List<String> damaged) {}

    /** Reads the newest checkpoint, and if it is damaged the one before. */
    Resumable resumable() {
        List<String> damaged = new ArrayList<>();
        for (Path folder : finished()) {
            try {
                return new Resumable(Optional.of(Checkpoint.read(folder)), damaged);
            } catch (UsageException e) {
                damaged.add(e.getMessage());
            }
        }
        return new Resumable(Optional.empty(), damaged);
    }
}
