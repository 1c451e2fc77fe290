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
 * Requests to an MLflow server: messages of {@code mlflow-client}, sent by the JDK's HTTP client.
 *
 * <p>The caller inside {@code mlflow-client} is not used, for two reasons that cannot be configured
 * away: it sets no timeouts, so that a server which hangs blocks it for ever; and it repeats a
 * request at once after any HTTP error, so that a request which was done although its answer was an
 * error is done twice before anybody could look. Here a deadline covers a whole exchange, body
 * included, and a request is sent once; the caller decides what follows.
 */
final class RestTransport {

    private static final String API = "/api/2.0/mlflow";
    private static final long SLOWEST_UPLOAD = 1 << 20; // bytes a second

    /** Codes of MLflow that say a later attempt may succeed. */
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

    /** Asks; the answer's fields go into {@code answer}. */
    <T extends Message.Builder> T get(String path, Map<String, String> query, T answer)
            throws UnavailableException, RefusedException {
        String text =
                query.entrySet().stream()
                        .map(pair -> pair.getKey() + "=" + encode(pair.getValue()))
                        .collect(Collectors.joining("&"));
        return parse(exchange(request(API + path + "?" + text).GET(), deadline), answer);
    }

    /** Tells; the answer's fields go into {@code answer}. */
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

    /** Puts a file through the server into its artifact store; large files get longer. */
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

    /** The JDK's client gives its reasons as causes of an exception without a message. */
    private static String reason(Throwable thrown) {
        for (Throwable at = thrown; at != null; at = at.getCause()) {
            if (at instanceof UnresolvedAddressException) {
                return "the host's name is not known";
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
        // Anybody between us and the server may answer 400 or 404; MLflow gives its reason.
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

    /** A text of an error, which need not be one. */
    private static String text(JsonObject error, String key) {
        return error.get(key) instanceof JsonPrimitive value && value.isString()
                ? value.getAsString()
                : "";
    }

    /** What to say of a server whose answer lacks something, or has something odd in it. */
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
            // The parser throws more than it says, of numbers and of what is nested deeply.
            throw odd("not " + answer.getDescriptorForType().getName() + " but " + body, e);
        }
    }
}
