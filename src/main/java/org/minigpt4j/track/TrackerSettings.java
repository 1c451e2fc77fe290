package org.minigpt4j.track;

import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.track.store.StoreAddress;

import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/**
 * The settings of a tracker.
 *
 * @param uri {@code http(s)://...} or {@code sqlite:///FILE}
 * @param experiment name of the experiment
 * @param runName display name of the run
 * @param timeout deadline of each request, and of the last delivery when the tracker is closed
 * @param systemInterval time between two samples of system metrics; zero for none
 * @param environment credentials
 * @param restoreDeleted whether to restore a run or experiment that was deleted in MLflow;
 *     otherwise a run that continues is recorded as a new one
 */
public record TrackerSettings(
        String uri,
        String experiment,
        String runName,
        Duration timeout,
        Duration systemInterval,
        TrackingEnvironment environment,
        boolean restoreDeleted) {

    /** Creates settings that restore nothing that was deleted. */
    public TrackerSettings(
            String uri,
            String experiment,
            String runName,
            Duration timeout,
            Duration systemInterval,
            TrackingEnvironment environment) {
        this(uri, experiment, runName, timeout, systemInterval, environment, false);
    }

    /** The address that turns tracking off. */
    public static final String NONE = "none";

    private static final String STORE = "mlflow.db";

    /**
     * The store's address or {@link #NONE}: the configured one, otherwise MLFLOW_TRACKING_URI,
     * otherwise a file in the parent of the output folder.
     */
    public static String uri(
            Optional<String> configured, TrackingEnvironment environment, Path output) {
        return configured
                .or(environment::uri)
                .orElseGet(
                        () ->
                                StoreAddress.of(
                                        output.toAbsolutePath().normalize().resolveSibling(STORE)));
    }

    /** A display name: the output folder's name and the current time. */
    public static String readableName(Path output) {
        String begun =
                LocalDateTime.now()
                        .format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT));
        return output.toAbsolutePath().normalize().getFileName() + " " + begun;
    }

    /** Converts a number of seconds from the configuration. */
    public static Duration seconds(double seconds) {
        return Duration.ofMillis(Math.round(1000 * seconds));
    }

    /**
     * Checks an address before it is used.
     *
     * @throws org.minigpt4j.UsageException if nothing can be recorded there
     */
    public static void check(String uri) {
        if (!uri.equals(NONE)) {
            StoreAddress.check(uri);
        }
    }
}
