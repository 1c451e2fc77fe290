package org.minigpt4j.checkpoint;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.CheckpointConfig;
import org.minigpt4j.io.LocalStore;
import org.minigpt4j.io.Store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The output folder of a run: {@code log.txt}, {@code metrics.jsonl}, {@code samples.json} and its
 * page, {@code checkpoints/N}, {@code lock}.
 */
public final class RunFolder {

    private static final String CHECKPOINTS = "checkpoints";
    private static final String FAILURES = "failures";

    /** What a run writes beside its checkpoints. */
    private static final List<String> FILES =
            List.of(
                    "log.txt",
                    "lock",
                    "metrics.jsonl",
                    "skipped.jsonl",
                    "samples.json",
                    "samples.html",
                    "report.html");

    private final Path root;

    /** The folder of a run that was or will be. */
    public RunFolder(Path root) {
        this.root = root;
    }

    /** True if {@code folder} holds the checkpoints of a run. */
    public static boolean isRun(Path folder) {
        return Files.isDirectory(folder.resolve(CHECKPOINTS));
    }

    /**
     * Where the run in {@code folder} has its checkpoints, if its log says a {@code
     * run.checkpoint.dir}.
     */
    static Optional<String> checkpointDir(Path folder) {
        return Optional.ofNullable(new RunFolder(folder).settings().get("run.checkpoint.dir"));
    }

    /**
     * The settings of the last run here by their dotted keys, as its log has them; without lists,
     * and empty if there is no log.
     */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        if (Files.isRegularFile(log())) {
            try (var reader = new JsonReader(Files.newBufferedReader(log()))) {
                add("", JsonParser.parseReader(reader), settings); // the first value in it
            } catch (IOException | JsonParseException noConfiguration) {
                settings.clear();
            }
        }
        return settings;
    }

    private static void add(String key, JsonElement value, Map<String, String> to) {
        if (value instanceof JsonObject object) {
            object.entrySet()
                    .forEach(
                            e ->
                                    add(
                                            key.isEmpty() ? e.getKey() : key + "." + e.getKey(),
                                            e.getValue(),
                                            to));
        } else if (value.isJsonPrimitive()) {
            to.put(key, value.getAsString());
        }
    }

    /**
     * Looks whether the run's folders and files can be what they are named for.
     *
     * @throws UsageException if a file or a broken link has the name of a folder, or the other way
     *     round
     */
    public void requireFolders() {
        for (Path folder : List.of(root, checkpoints(), root.resolve(FAILURES))) {
            if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(folder)) {
                String what = Files.exists(folder) ? "file" : "link that leads nowhere";
                throw new UsageException(
                        "%s is a %s, and a run needs a folder of this name; move it away, or name another run.output_dir"
                                .formatted(folder, what));
            }
        }
        for (String file : FILES) {
            Path path = root.resolve(file);
            if (Files.isDirectory(path)) {
                throw new UsageException(
                        "%s is a folder, and a run needs a file of this name; move the folder away, or name another run.output_dir"
                                .formatted(path));
            }
        }
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

    /** How the run went, as a page. */
    public Path reportPage() {
        return root.resolve("report.html");
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
        return new LocalStore(root.resolve(FAILURES));
    }

    /** The newest finished checkpoint's folder. */
    public Optional<Path> newest() {
        return new CheckpointFolder(store()).finished().stream().findFirst().map(this::checkpoint);
    }
}
