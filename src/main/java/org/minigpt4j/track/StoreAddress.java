package org.minigpt4j.track;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.TrackingEnvironment;

import java.nio.file.Path;
import java.time.Duration;

/** Opens stores by their addresses. */
final class StoreAddress {

    private static final String SQLITE = "sqlite:///";

    private StoreAddress() {}

    /** The address of a SQLite file, which names it from the root of the file system. */
    static String of(Path file) {
        return SQLITE + file.toAbsolutePath().normalize();
    }

    /**
     * Looks at an address before anything is done with it.
     *
     * @throws UsageException if it is none
     */
    static void check(String uri) {
        if (!uri.startsWith(SQLITE) && !uri.matches("https?://[^/@]+(/.*)?")) {
            throw new UsageException(
                    uri
                            + " is no tracking store; give sqlite:///FILE or the http:// or"
                            + " https:// address of an MLflow server, whose user and password"
                            + " belong into MLFLOW_TRACKING_USERNAME and"
                            + " MLFLOW_TRACKING_PASSWORD");
        }
    }

    static TrackingStore open(String uri, TrackingEnvironment environment, Duration deadline)
            throws UnavailableException {
        check(uri);
        return uri.startsWith(SQLITE)
                ? SqliteStore.open(Path.of(uri.substring(SQLITE.length())), deadline)
                : new RestStore(uri, environment, deadline);
    }
}
