package org.minigpt4j.track;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;

import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.track.store.NewRun;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The local data of a tracked run: {@code run.json} in {@code tracking/KEY} of its output folder,
 * next to its spool.
 *
 * @param uri the store
 * @param experiment name of the experiment
 * @param name the run's name
 * @param key the run's key, see {@link NewRun}
 * @param started milliseconds since 1970
 * @param user the user who started it
 * @param from the output folder of the run whose projection this one started with, or null
 * @param runId the store's identifier; null until the run has been created there
 * @param seal a code that only this user can compute, see {@link RunSeal}; null if there is none
 */
record RunFile(
        String uri,
        String experiment,
        String name,
        String key,
        long started,
        String user,
        String from,
        String runId,
        String seal) {

    private static final String RUN_ID = "[\\w-]{1,64}";
    static final String TRACKING = "tracking";
    private static final String NAME = "run.json";
    private static final int MOST_BYTES = 1 << 20;
    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    RunFile withRunId(String id) {
        return new RunFile(uri, experiment, name, key, started, user, from, id, seal);
    }

    RunFile withSeal(String made) {
        return new RunFile(uri, experiment, name, key, started, user, from, runId, made);
    }

    /** The tracking folder of this run in an output folder. */
    Path folder(Path output) {
        return output.resolve(TRACKING).resolve(key);
    }

    void write(Path folder) {
        AtomicFile.writePrivate(folder.resolve(NAME), GSON.toJson(this) + "\n");
    }

    /**
     * Reads {@code run.json} of a folder.
     *
     * @throws DamagedSpoolException if it is not in the format of {@link #write}
     */
    static RunFile read(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        RunFile read;
        if (Files.size(file) > MOST_BYTES) {
            throw new DamagedSpoolException(file, " (it is too large)", null);
        }
        try {
            read = GSON.fromJson(Files.readString(file), RunFile.class);
        } catch (JsonParseException | CharacterCodingException e) {
            throw new DamagedSpoolException(file, "", e);
        }
        if (read == null
                || Stream.of(read.uri(), read.experiment(), read.name(), read.key(), read.user())
                        .anyMatch(Objects::isNull)) {
            throw new DamagedSpoolException(file, "", null);
        }
        if (!folder.getFileName().toString().equals(read.key())
                || read.runId() != null && !read.runId().matches(RUN_ID)) {
            throw new DamagedSpoolException(file, " (key or run_id is invalid)", null);
        }
        return read;
    }

    /** The tracking folders of all runs in an output folder. */
    static List<Path> folders(Path output) throws IOException {
        Path tracking = output.resolve(TRACKING);
        if (!Files.isDirectory(tracking)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(tracking)) {
            return folders.filter(folder -> Files.isRegularFile(folder.resolve(NAME)))
                    .sorted()
                    .toList();
        }
    }

    /** The run in an output folder that was started last. */
    static Optional<RunFile> newest(Path output) throws IOException {
        return newest(output, run -> true);
    }

    /** The run in an output folder that was started last, among those that match {@code which}. */
    static Optional<RunFile> newest(Path output, Predicate<RunFile> which) throws IOException {
        List<RunFile> runs = new ArrayList<>();
        for (Path folder : folders(output)) {
            runs.add(read(folder));
        }
        return runs.stream().filter(which).max(Comparator.comparingLong(RunFile::started));
    }
}
