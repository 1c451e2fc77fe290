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

/** What every record of a run says about the program that made it. */
public final class Provenance {

    private static final String REVISION = "git_revision";
    private static final String CALLER = "working_folder.git_revision";
    private static final String CHANGED = "-dirty";

    private Provenance() {}

    /**
     * Parameters: versions of this program and of Java; the git revision that it was built from or,
     * where the build does not know, of the checkout that it runs from; and that of the folder it
     * was called in, where that belongs to another repository, such as one of configurations. A
     * revision ends in {@code -dirty} where files were changed since.
     */
    public static Map<String, String> params() {
        Map<String, String> params = new LinkedHashMap<>();
        params.put("version.minigpt4j", BuildInfo.version());
        params.put("version.java", Runtime.version().toString());
        params.putAll(revisions(program(), Path.of("").toAbsolutePath()));
        BuildInfo.revision().ifPresent(built -> params.put(REVISION, built));
        return params;
    }

    /** The revisions of a program whose classes lie in one place and that was called in another. */
    static Map<String, String> revisions(Optional<Path> program, Path caller) {
        Map<String, String> params = new LinkedHashMap<>();
        // A jar may be in anybody's repository; ours has what starts it.
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
     * Tags as MLflow's UI shows them.
     *
     * @param command such as {@code train}
     * @param params those of {@link #params}
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

    /** The folder of this program's jar, or of its classes. */
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

    /** The first line that git answers, if it is there and knows the folder. */
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
