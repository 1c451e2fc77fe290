package org.minigpt4j.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What MLflow's clients take from the environment.
 *
 * @param uri {@code MLFLOW_TRACKING_URI}
 * @param username {@code MLFLOW_TRACKING_USERNAME}
 * @param password {@code MLFLOW_TRACKING_PASSWORD}
 * @param token {@code MLFLOW_TRACKING_TOKEN}, sent as a bearer token
 * @param insecureTls {@code MLFLOW_TRACKING_INSECURE_TLS}: do not look at the server's certificate
 * @param serverCertificate {@code MLFLOW_TRACKING_SERVER_CERT_PATH}: PEM file of authorities
 * @param clientCertificate {@code MLFLOW_TRACKING_CLIENT_CERT_PATH}: PEM file with a certificate
 *     and its key, for servers that ask for one
 * @param user who runs this process
 */
public record TrackingEnvironment(
        Optional<String> uri,
        Optional<String> username,
        Optional<String> password,
        Optional<String> token,
        boolean insecureTls,
        Optional<Path> serverCertificate,
        Optional<Path> clientCertificate,
        String user) {

    /** That of this process. */
    public static TrackingEnvironment ofProcess() {
        return of(System.getenv(), System.getProperty("user.name", ""));
    }

    /** The settings among these variables; empty ones count as missing. */
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
                user);
    }

    private static Optional<String> get(Map<String, String> variables, String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }
}
