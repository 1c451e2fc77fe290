package org.minigpt4j.track;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What every record of a run says about the program that made it. */
public final class Surroundings {

    private static final String REVISION = "git_revision";

    private Surroundings() {}

    /** Parameters: versions of this program and of Java, and the git revision if there is one. */
    public static Map<String, String> params() {
        Map<String, String> params = new LinkedHashMap<>();
        String version = Surroundings.class.getPackage().getImplementationVersion();
        params.put("version.minigpt4j", version == null ? "development" : version);
        params.put("version.java", Runtime.version().toString());
        gitRevision().ifPresent(revision -> params.put(REVISION, revision));
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
            tags.put("mlflow.source.git.commit", params.get(REVISION));
        }
        return tags;
    }

    private static Optional<String> gitRevision() {
        try {
            Process git =
                    new ProcessBuilder("git", "rev-parse", "HEAD")
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
