package org.minigpt4j.track;

import org.minigpt4j.BuildInfo;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The part of a run's record that describes the program. */
public final class Provenance {

    private static final String REVISION = "git_revision";
    private static final String CALLER = "working_folder.git_revision";
    private static final String CHANGED = "-dirty";

    private Provenance() {}

    /**
     * The parameters: the versions of this program and of Java, and git revisions. The program's
     * revision is that of its build or, if the build does not record it, that of the checkout it
     * runs from. If the current folder belongs to another repository, such as one of
     * configurations, that revision is included too. A revision ends in {@code -dirty} if files had
     * uncommitted changes.
     */
    public static Map<String, String> params() {
        Map<String, String> params = new LinkedHashMap<>();
        params.put("version.minigpt4j", BuildInfo.version());
        params.put("version.java", Runtime.version().toString());
        params.putAll(revisions(program(), Path.of("").toAbsolutePath()));
        BuildInfo.revision().ifPresent(built -> params.put(REVISION, built));
        return params;
    }

    /** The revisions of the program's folder and of the folder that it was called from. */
    static Map<String, String> revisions(Optional<Path> program, Path caller) {
        Map<String, String> params = new LinkedHashMap<>();
        // The jar may be inside any repository; only ours contains the start scripts.
        Optional<Path> ours =
                program.flatMap(Provenance::repository)
                        .filter(root -> Files.exists(root.resolve("launch/minigpt4j")));
        ours.flatMap(Provenance::revision).ifPresent(found -> params.put(REVISION, found));
        repository(caller)
                .filter(root -> !ours.equals(Optional.of(root)))
                .flatMap(Provenance::revision)
                .ifPresent(found -> params.put(CALLER, found));
        return params;
    }

    /**
     * The tags that MLflow's UI shows.
     *
     * @param command such as {@code train}
     * @param params the result of {@link #params}
     */
    public static Map<String, String> tags(
            String command, String output, Map<String, String> params) {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("mlflow.source.name", "minigpt4j " + command);
        tags.put("mlflow.source.type", "LOCAL");
        tags.put("minigpt4j.output_dir", output);
        if (params.containsKey(REVISION)) {
            tags.put("mlflow.source.git.commit", params.get(REVISION).replace(CHANGED, ""));
        }
        return tags;
    }

    /** The folder of this program's jar or of its classes. */
    private static Optional<Path> program() {
        CodeSource source = Provenance.class.getProtectionDomain().getCodeSource();
        if (source == null || !"file".equals(source.getLocation().getProtocol())) {
            return Optional.empty();
        }
        try {
            Path place = Path.of(source.getLocation().toURI());
            return Optional.of(Files.isDirectory(place) ? place : place.getParent());
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    private static Optional<Path> repository(Path folder) {
        return git(folder, "rev-parse", "--show-toplevel").map(Path::of);
    }

    private static Optional<String> revision(Path repository) {
        return git(repository, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*");
    }

    /**
     * The first line of git's output; empty if there is no git or the folder is not in a
     * repository.
     */
    private static Optional<String> git(Path folder, String... words) {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(words));
        try {
            Process git =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            if (!git.waitFor(2, TimeUnit.SECONDS) || git.exitValue() != 0) {
                git.destroyForcibly();
                return Optional.empty();
            }
            return git.inputReader().lines().findFirst();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
