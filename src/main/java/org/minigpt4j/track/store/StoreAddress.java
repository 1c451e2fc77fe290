package org.minigpt4j.track.store;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.io.ForeignText;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Opens stores by their addresses. */
public final class StoreAddress {

    private static final String SQLITE = "sqlite:///";
    private static final int MOST_PORTS = 65_535;

    private StoreAddress() {}

    /** The address of a SQLite file, with its absolute path. */
    public static String of(Path file) {
        return SQLITE + file.toAbsolutePath().normalize();
    }

    /**
     * Checks an address before it is used.
     *
     * @throws UsageException if it is invalid
     */
    public static void check(String uri) {
        String problem = uri.startsWith(SQLITE) ? fileProblem(uri) : serverProblem(uri);
        if (!problem.isEmpty()) {
            throw new UsageException(
                    ForeignText.line(uri)
                            + " is not a tracking store ("
                            + problem
                            + "); give sqlite:///FILE or the http:// or https://"
                            + " address of an MLflow server, and put user and"
                            + " password into MLFLOW_TRACKING_USERNAME and"
                            + " MLFLOW_TRACKING_PASSWORD");
        }
    }

    private static String fileProblem(String uri) {
        try {
            Path file = file(uri);
            if (file.toString().isEmpty()) {
                return "it names no file";
            }
            return Files.isDirectory(file) ? "it names a folder" : "";
        } catch (InvalidPathException e) {
            return e.getReason();
        }
    }

    private static String serverProblem(String uri) {
        URI parsed;
        try {
            parsed = new URI(uri);
        } catch (URISyntaxException e) {
            return e.getReason();
        }
        if (!List.of("http", "https").contains(String.valueOf(parsed.getScheme()))) {
            return "it begins with neither sqlite:/// nor http:// nor https://";
        }
        if (parsed.getRawAuthority() != null && parsed.getRawAuthority().contains("@")) {
            return "it names a user";
        }
        if (parsed.getHost() == null || parsed.getPort() > MOST_PORTS) {
            return "it names no host and port";
        }
        return parsed.getRawQuery() == null && parsed.getRawFragment() == null
                ? ""
                : "it has a query or fragment after its path";
    }

    private static Path file(String uri) {
        return Path.of(uri.substring(SQLITE.length()));
    }

    /**
     * Opens a store; creates a SQLite file that does not exist.
     *
     * @throws UsageException if the address is invalid
     */
    public static TrackingStore open(String uri, TrackingEnvironment environment, Duration deadline)
            throws UnavailableException {
        check(uri);
        return uri.startsWith(SQLITE)
                ? SqliteStore.open(file(uri), deadline)
                : new RestStore(uri, environment, deadline);
    }

    /**
     * Opens an existing store for reading; never creates one.
     *
     * @throws UsageException if the address is invalid or its file does not exist
     */
    public static TrackingStore read(String uri, TrackingEnvironment environment, Duration deadline)
            throws UnavailableException {
        check(uri);
        if (!uri.startsWith(SQLITE)) {
            return new RestStore(uri, environment, deadline);
        }
        if (!Files.exists(file(uri))) {
            throw new UsageException("there is no store " + file(uri));
        }
        return SqliteStore.read(file(uri), deadline);
    }
}
