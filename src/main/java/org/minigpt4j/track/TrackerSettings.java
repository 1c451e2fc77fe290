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
 * Where and how a tracker records.
 *
 * @param uri {@code http(s)://...} or {@code sqlite:///FILE}
 * @param experiment name of the experiment
 * @param runName for people
 * @param timeout deadline of each request, and of the last delivery when the tracker is closed
 * @param systemInterval between two looks at the machine; zero for none
 * @param environment credentials
 * @param restoreDeleted whether a deleted run or experiment is taken out of MLflow's waste bin;
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

    /** Settings with which nothing deleted is restored. */
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
     * The store's address, or {@link #NONE}: as configured, as MLFLOW_TRACKING_URI says, or a file
     * in the folder that the output folder is in.
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

    /** The output folder's name and the time now. */
    public static String readableName(Path output) {
        String begun =
                LocalDateTime.now()
                        .format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT));
        return output.toAbsolutePath().normalize().getFileName() + " " + begun;
    }

    /** A span as configurations give it. */
    public static Duration seconds(double seconds) {
        return Duration.ofMillis(Math.round(1000 * seconds));
    }

    /**
     * Looks at an address before anything is done with it.
     *
     * @throws org.minigpt4j.UsageException if nothing can be recorded under it
     */
    public static void check(String uri) {
        if (!uri.equals(NONE)) {
            StoreAddress.check(uri);
        }
    }
}
