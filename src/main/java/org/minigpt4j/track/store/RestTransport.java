package org.minigpt4j.track.store;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.io.ForeignText;
import org.mlflow_project.google.protobuf.InvalidProtocolBufferException;
import org.mlflow_project.google.protobuf.Message;
import org.mlflow_project.google.protobuf.MessageOrBuilder;
import org.mlflow_project.google.protobuf.util.JsonFormat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

import javax.net.ssl.SSLException;

/**
 * Sends requests to an MLflow server: messages of {@code mlflow-client} over the JDK's HTTP client.
 *
 * <p>The HTTP code of {@code mlflow-client} is not used, for two reasons that no setting changes.
 * It has no timeouts, so a hanging server blocks it forever. And it repeats a request immediately
 * after any HTTP error, so a request that was carried out despite the error is carried out twice
 * before the caller can check. Here a deadline covers the whole exchange including the body, and
 * each request is sent once; the caller decides what to do next.
 */
final class RestTransport {

    private static final String API = "/api/2.0/mlflow";
    private static final long SLOWEST_UPLOAD = 1 << 20; // bytes per second

    /** MLflow's error codes for failures that may be temporary. */
    private static final Set<String> PASSING =
            Set.of(
                    "INTERNAL_ERROR",
                    "TEMPORARILY_UNAVAILABLE",
                    "IO_ERROR",
                    "REQUEST_LIMIT_EXCEEDED",
                    "DEADLINE_EXCEEDED",
                    "UNAUTHENTICATED",
                    "PERMISSION_DENIED");

    private final String base;
    private final Duration deadline;
    private final Optional<String> authorization;
    private final HttpClient client;

    RestTransport(String uri, TrackingEnvironment environment, Duration deadline)
            throws UnavailableException {
        base = uri.replaceAll("/+$", "");
        this.deadline = deadline;
        authorization = authorization(environment);
        HttpClient.Builder builder =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(deadline);
        Tls.context(environment).ifPresent(builder::sslContext);
        client = builder.build();
    }

    private static Optional<String> authorization(TrackingEnvironment environment) {
        if (environment.username().isPresent()) {
            String pair = environment.username().get() + ":" + environment.password().orElse("");
            return Optional.of(
                    "Basic "
                            + Base64.getEncoder()
                                    .encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
        }
        return environment.token().map(token -> "Bearer " + token);
    }

    /** Sends a GET request and merges the response into {@code answer}. */
    <T extends Message.Builder> T get(String path, Map<String, String> query, T answer)
            throws UnavailableException, RefusedException {
        String text =
                query.entrySet().stream()
                        .map(pair -> pair.getKey() + "=" + encode(pair.getValue()))
                        .collect(Collectors.joining("&"));
        return parse(exchange(request(API + path + "?" + text).GET(), deadline), answer);
    }

    /** Sends a POST request and merges the response into {@code answer}. */
    <T extends Message.Builder> T post(String path, MessageOrBuilder message, T answer)
            throws UnavailableException, RefusedException {
        String json;
        try {
            json =
                    JsonFormat.printer()
                            .preservingProtoFieldNames()
                            .omittingInsignificantWhitespace()
                            .print(message);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
        HttpRequest.Builder request =
                request(API + path)
                        .header("Content-Type", "application/json; charset=utf-8")
                        .POST(BodyPublishers.ofString(json));
        return parse(exchange(request, deadline), answer);
    }

    /**
     * Uploads a file through the server into its artifact store. Large files get a longer deadline.
     */
    void put(String path, Path file) throws UnavailableException, RefusedException {
        BodyPublisher body;
        long size;
        try {
            body = BodyPublishers.ofFile(file);
            size = Files.size(file);
        } catch (IOException e) {
            throw new RefusedException(file + " cannot be read: " + e.getMessage());
        }
        StringBuilder encoded = new StringBuilder("/api/2.0/mlflow-artifacts/artifacts");
        for (String part : path.split("/")) {
            if (!part.isEmpty()) {
                encoded.append('/').append(encode(part).replace("+", "%20"));
            }
        }
        exchange(
                request(encoded.toString())
                        .header("Content-Type", "application/octet-stream")
                        .PUT(body),
                deadline.plusSeconds(size / SLOWEST_UPLOAD));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
        authorization.ifPresent(value -> request.header("Authorization", value));
        return request;
    }

    private String exchange(HttpRequest.Builder builder, Duration limit)
            throws UnavailableException, RefusedException {
        HttpRequest request = builder.build();
        CompletableFuture<HttpResponse<String>> answer =
                client.sendAsync(request, BoundedBody.handler());
        try {
            return accept(request, answer.get(limit.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            throw new UnavailableException(
                    base + " did not answer in " + limit.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            throw new UnavailableException(base + unreachable(e.getCause()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnavailableException("interrupted", e);
        } finally {
            answer.cancel(true);
        }
    }

    private static String unreachable(Throwable cause) {
        String why = reason(cause);
        if (cause instanceof SSLException) {
            return " and this program do not agree on TLS: "
                    + why
                    + "; set MLFLOW_TRACKING_SERVER_CERT_PATH to a PEM file of trusted authorities,"
                    + " and MLFLOW_TRACKING_CLIENT_CERT_PATH to one with your certificate and key";
        }
        return " is not to be reached: " + why;
    }

    /**
     * Finds the reason of a failure; the JDK's client reports it as the cause of an exception
     * without a message.
     */
    private static String reason(Throwable thrown) {
        for (Throwable at = thrown; at != null; at = at.getCause()) {
            if (at instanceof UnresolvedAddressException) {
                return "the host name cannot be resolved";
            }
            if (at.getMessage() != null && !at.getMessage().isBlank()) {
                return at.getMessage();
            }
        }
        return thrown instanceof ConnectException ? "connection refused" : thrown.toString();
    }

    private String accept(HttpRequest request, HttpResponse<String> response)
            throws UnavailableException, RefusedException {
        int status = response.statusCode();
        if (status / 100 == 2) {
            return response.body();
        }
        JsonObject error = error(response.body());
        String code = text(error, "error_code");
        String said = ForeignText.line(text(error, "message"));
        String message =
                request.method()
                        + " "
                        + request.uri().getPath()
                        + ": "
                        + status
                        + (code.isEmpty() ? "" : " " + ForeignText.line(code, 100))
                        + (said.isEmpty() ? "" : ", " + said);
        // A proxy may also answer 400 or 404, but only MLflow adds an error code.
        boolean forGood = status == 413 || status / 100 == 4 && !code.isEmpty();
        if (forGood && status != 429 && !PASSING.contains(code)) {
            throw new RefusedException(message, code);
        }
        Duration wait =
                response.headers()
                        .firstValue("Retry-After")
                        .filter(seconds -> seconds.matches("\\d{1,4}"))
                        .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)))
                        .orElse(Duration.ZERO);
        throw new UnavailableException(message, null, wait);
    }

    private static JsonObject error(String body) {
        try {
            JsonElement json = JsonParser.parseString(body);
            return json.isJsonObject() ? json.getAsJsonObject() : new JsonObject();
        } catch (JsonParseException | StackOverflowError e) {
            return new JsonObject();
        }
    }

    /** A text field of an error response; the value may have another type. */
    private static String text(JsonObject error, String key) {
        return error.get(key) instanceof JsonPrimitive value && value.isString()
                ? value.getAsString()
                : "";
    }

    /** The exception for a response that is incomplete or malformed. */
    UnavailableException odd(String what, Throwable cause) {
        return new UnavailableException(
                "%s does not answer as MLflow does: %s"
                        .formatted(ForeignText.line(base), ForeignText.line(what)),
                cause);
    }

    private <T extends Message.Builder> T parse(String body, T answer) throws UnavailableException {
        try {
            JsonFormat.parser().ignoringUnknownFields().merge(body, answer);
            return answer;
        } catch (InvalidProtocolBufferException | RuntimeException | StackOverflowError e) {
            // The parser throws undeclared exceptions for bad numbers and deep nesting.
            throw odd("not " + answer.getDescriptorForType().getName() + " but " + body, e);
        }
    }
}
