package org.minigpt4j.track.store;

import org.minigpt4j.io.ForeignText;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** Checks that artifact paths stay inside the artifacts of their run. */
final class ArtifactPath {

    private static final Pattern NAME = Pattern.compile("[^/\\\\\\p{Cc}]{1,255}");
    private static final Pattern RUN_ID = Pattern.compile("[0-9a-f]{32}");

    private ArtifactPath() {}

    /**
     * Normalizes a path below a run's artifacts, with slashes.
     *
     * @throws RefusedException if it leads out of them or is not a valid path
     */
    static String below(String path) throws RefusedException {
        for (String name : path.split("/", -1)) {
            if (!NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
                throw new RefusedException(
                        "%s is not a path below a run's artifacts"
                                .formatted(ForeignText.line(path)));
            }
        }
        return path;
    }

    /** Whether this is a run identifier in MLflow's format. */
    static boolean isRunId(String id) {
        return RUN_ID.matcher(id).matches();
    }

    /**
     * Whether a local folder is named as MLflow names a run's artifacts: an absolute path ending
     * with the run's identifier and {@code artifacts}.
     */
    static boolean isFolderOf(String runId, Path place) {
        return place.isAbsolute()
                && place.equals(place.normalize())
                && place.endsWith(Path.of(runId, "artifacts"));
    }
}
