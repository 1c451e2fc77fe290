package org.minigpt4j.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Settings of MLflow's clients in the environment.
 *
 * @param uri {@code MLFLOW_TRACKING_URI}
 * @param username {@code MLFLOW_TRACKING_USERNAME}
 * @param password {@code MLFLOW_TRACKING_PASSWORD}
 * @param token {@code MLFLOW_TRACKING_TOKEN}, sent as a bearer token
 * @param insecureTls {@code MLFLOW_TRACKING_INSECURE_TLS}: do not verify the server's certificate
 * @param serverCertificate {@code MLFLOW_TRACKING_SERVER_CERT_PATH}: PEM file of certificate
 *     authorities
 * @param clientCertificate {@code MLFLOW_TRACKING_CLIENT_CERT_PATH}: PEM file with a certificate
 *     and its key, for servers that require one
 * @param state folder for persistent data of this user's programs: {@code XDG_STATE_HOME}, else
 *     {@code .local/state} in {@code HOME}
 * @param user the user who runs this process
 */
public record TrackingEnvironment(
        Optional<String> uri,
        Optional<String> username,
        Optional<String> password,
        Optional<String> token,
        boolean insecureTls,
        Optional<Path> serverCertificate,
        Optional<Path> clientCertificate,
        Optional<Path> state,
        String user) {

    /** The settings in this process's environment. */
    public static TrackingEnvironment ofProcess() {
        return of(System.getenv(), System.getProperty("user.name", ""));
    }

    /** The settings in these variables; empty values count as missing. */
    public static TrackingEnvironment of(Map<String, String> variables, String user) {
        return new TrackingEnvironment(
                get(variables, "MLFLOW_TRACKING_URI"),
                get(variables, "MLFLOW_TRACKING_USERNAME"),
                get(variables, "MLFLOW_TRACKING_PASSWORD"),
                get(variables, "MLFLOW_TRACKING_TOKEN"),
                get(variables, "MLFLOW_TRACKING_INSECURE_TLS")
                        .filter(value -> value.equalsIgnoreCase("true") || value.equals("1"))
                        .isPresent(),
                get(variables, "MLFLOW_TRACKING_SERVER_CERT_PATH").map(Path::of),
                get(variables, "MLFLOW_TRACKING_CLIENT_CERT_PATH").map(Path::of),
                get(variables, "XDG_STATE_HOME")
                        .map(Path::of)
                        .or(() -> get(variables, "HOME").map(home -> Path.of(home, ".local/state")))
                        .filter(Path::isAbsolute),
                user);
    }

    /**
     * The settings that may be sent to {@code target}. If it is not the configured server (same
     * scheme, host and port), user name, password, token and certificates are removed.
     */
    public TrackingEnvironment towards(String target, String configured) {
        return server(target).equals(server(configured)) ? this : withoutCredentials();
    }

    private TrackingEnvironment withoutCredentials() {
        return new TrackingEnvironment(
                uri,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                insecureTls,
                serverCertificate,
                Optional.empty(),
                state,
                user);
    }

    /** Scheme, host and port of an address; if it has none, the address itself. */
    private static List<Object> server(String address) {
        try {
            URI uri = new URI(address);
            if (uri.getScheme() == null || uri.getHost() == null) {
                return List.of(address);
            }
            String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
            int port = scheme.equals("https") ? 443 : 80;
            return List.of(
                    scheme,
                    uri.getHost().toLowerCase(Locale.ROOT),
                    uri.getPort() < 0 ? port : uri.getPort());
        } catch (URISyntaxException e) {
            return List.of(address);
        }
    }

    private static Optional<String> get(Map<String, String> variables, String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }
}
