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

    static TrackingStore open(String uri, TrackingEnvironment environment, Duration deadline)
            throws UnavailableException {
        if (uri.startsWith(SQLITE)) {
            return SqliteStore.open(Path.of(uri.substring(SQLITE.length())), deadline);
        }
        throw new UsageException(
                uri
                        + " is no tracking store; give sqlite:///FILE or the http:// or https://"
                        + " address of an MLflow server");
    }
}
