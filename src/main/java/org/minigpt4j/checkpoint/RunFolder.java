package org.minigpt4j.checkpoint;

import org.minigpt4j.config.CheckpointConfig;
import org.minigpt4j.io.LocalStore;
import org.minigpt4j.io.Store;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The output folder of a run: {@code log.txt}, {@code metrics.jsonl}, {@code samples.json} and its
 * page, {@code checkpoints/N}, {@code lock}.
 */
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

    /** A line of JSON per step. */
    public Path metrics() {
        return root.resolve("metrics.jsonl");
    }

    /** What the model said about a few samples, epoch by epoch. */
    public Path samples() {
        return root.resolve("samples.json");
    }

    /** {@link #samples()} as a page. */
    public Path samplesPage() {
        return root.resolve("samples.html");
    }

    /** Locked by the process that trains into the folder. */
    public Path lock() {
        return root.resolve("lock");
    }

    /** The folder of the checkpoint after {@code step} steps. */
    public Path checkpoint(int step) {
        return checkpoints().resolve(CheckpointFolder.name(step));
    }

    /** The folder of all checkpoints. */
    Path checkpoints() {
        return root.resolve(CHECKPOINTS);
    }

    /** All checkpoints as a store. */
    public Store store() {
        return new LocalStore(checkpoints());
    }

    /** All checkpoints as a store, wherever the configuration puts them. */
    public Store store(CheckpointConfig config) {
        return config.dir().map(Store::at).orElseGet(this::store);
    }

    /** What reproduces the run's failures, as a store. */
    public Store failures() {
        return new LocalStore(root.resolve("failures"));
    }

    /** The newest finished checkpoint's folder. */
    public Optional<Path> newest() {
        return new CheckpointFolder(store()).finished().stream().findFirst().map(this::checkpoint);
    }
}
