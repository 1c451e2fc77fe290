package org.minigpt4j.chat.server;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.minigpt4j.UsageException;
import org.minigpt4j.chat.Asker;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.page.DemoPage;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.ForeignText;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Handles every request: checks access, finds the route, and sends the answer or an error in
 * OpenAI's format.
 */
final class ApiHandler extends Handler.Abstract {

    /**
     * Memory limit for all bodies that are being read, in multiples of the largest allowed body.
     */
    private static final int BODIES = 8;

    private static final String MODEL = "/v1/models/";

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

    private final ServerSettings settings;
    private final ModelDesk desk;
    private final ChatModels models;
    private final Completions completions;
    private final Optional<DemoRoutes> demo;
    private final Ollama ollama;
    private final Metrics metrics;
    private final Consumer<String> log;
    private final long since = Instant.now().getEpochSecond();
    private final AtomicLong bodyBytes = new AtomicLong();
    private final InHand inHand;

    ApiHandler(
            ServerSettings settings,
            ModelDesk desk,
            ChatModels models,
            Optional<DemoPage> page,
            Consumer<String> log) {
        this.settings = settings;
        this.desk = desk;
        this.models = models;
        this.log = log;
        inHand = new InHand(settings.limits().inHand());
        completions = new Completions(desk);
        demo = page.map(it -> new DemoRoutes(it, models, settings.limits()));
        ollama = new Ollama(desk, models);
        metrics = new Metrics(desk);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        response.getHeaders().put("X-Content-Type-Options", "nosniff");
        attempt(
                response,
                callback,
                () -> {
                    guard(request, response);
                    if (request.getMethod().equals("OPTIONS")) {
                        response.setStatus(204);
                        callback.succeeded();
                    } else {
                        route(request, response, callback);
                    }
                });
        return true;
    }

    /** An action that may refuse the request. */
    private interface Action {
        void run() throws ApiException, InterruptedException;
    }

    private void attempt(Response response, Callback callback, Action action) {
        try {
            action.run();
        } catch (ApiException e) {
            refuse(response, callback, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refuse(response, callback, ApiException.failed(503, "the server is shutting down"));
        } catch (Completions.GoneException e) {
            callback.failed(new EofException(e.getCause())); // Jetty does not log these
        } catch (RuntimeException | Error e) {
            // A request must not affect others, whatever error it causes.
            log.accept("a request failed: " + ForeignText.line(String.valueOf(e)));
            refuse(
                    response,
                    callback,
                    ApiException.failed(500, "the request failed; see the server's log"));
        }
    }

    private void refuse(Response response, Callback callback, ApiException reason) {
        if (response.isCommitted()) {
            callback.failed(reason);
            return;
        }
        if (reason.retrySeconds() > 0) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, reason.retrySeconds());
        }
        boolean toOllama = Request.getPathInContext(response.getRequest()).startsWith("/api/");
        send(response, callback, reason.status(), toOllama ? Ollama.error(reason) : reason.body());
    }

    private void route(Request request, Response response, Callback callback) throws ApiException {
        String path = Request.getPathInContext(request);
        if (demo.isPresent() && demo.get().isAt(path)) {
            if (!request.getMethod().equals("HEAD")) {
                method(request, "GET");
            }
            demo.get().handle(path, request, response, callback);
            return;
        }
        switch (path) {
            case "/health" -> {
                method(request, "GET");
                JsonObject body = new JsonObject();
                body.addProperty("status", "ok");
                send(response, callback, 200, body);
            }
            case "/v1/models" -> {
                method(request, "GET");
                send(response, callback, 200, models());
            }
            case "/metrics" -> {
                method(request, "GET");
                response.getHeaders().put(HttpHeader.CONTENT_TYPE, Metrics.CONTENT_TYPE);
                metrics.answered(200);
                Content.Sink.write(response, true, metrics.text(), callback);
            }
            case "/api/version" -> {
                method(request, "GET");
                send(response, callback, 200, Ollama.version());
            }
            case "/api/tags" -> {
                method(request, "GET");
                send(response, callback, 200, ollama.tags());
            }
            case "/api/show" -> {
                method(request, "POST");
                withBody(request, response, callback, body -> show(body, response, callback));
            }
            case "/api/chat" -> {
                method(request, "POST");
                withBody(
                        request,
                        response,
                        callback,
                        body -> chat(body, request, response, callback));
            }
            case "/v1/chat/completions" -> {
                method(request, "POST");
                withBody(
                        request,
                        response,
                        callback,
                        body -> complete(body, request, response, callback));
            }
            default -> {
                Optional<ChatModels.Entry> model =
                        path.startsWith(MODEL)
                                ? models.named(path.substring(MODEL.length()))
                                : Optional.empty();
                if (model.isEmpty()) {
                    throw ApiException.invalid(
                            404, "not_found", null, "there is nothing at this address");
                }
                method(request, "GET");
                send(response, callback, 200, describe(model.get()));
            }
        }
    }

    /** Reads the body, then runs {@code then} with it. */
    private void withBody(Request request, Response response, Callback callback, Completion then) {
        int most = settings.limits().bodyBytes();
        var reading =
                new BodyReader.Then() {
                    @Override
                    public void read(byte[] body) {
                        attempt(response, callback, () -> inHand(request, body, then));
                    }

                    @Override
                    public void refused(ApiException reason) {
                        refuse(response, callback, reason);
                    }

                    @Override
                    public void failed(Throwable reason) {
                        callback.failed(reason);
                    }
                };
        new BodyReader(request, most, bodyBytes, (long) BODIES * most, reading).run();
    }

    /** Handles a request with its body. */
    private interface Completion {
        void run(byte[] body) throws ApiException, InterruptedException;
    }

    /** Limits the number of requests in progress, because each occupies a thread from here on. */
    private void inHand(Request request, byte[] body, Completion then)
            throws ApiException, InterruptedException {
        Asker who = ClientWatch.asker(request);
        if (!inHand.enter(who)) {
            throw desk.busy();
        }
        try {
            then.run(body);
        } finally {
            inHand.leave(who);
        }
    }

    private void complete(byte[] body, Request request, Response response, Callback callback)
            throws ApiException, InterruptedException {
        ChatRequest asked = ChatRequest.read(body, settings.limits());
        ChatModels.Entry model = model(asked.model());
        ClientWatch client = new ClientWatch(request);
        if (asked.stream()) {
            completions.stream(model, asked, response, client);
            end(response, callback, client);
        } else {
            send(response, callback, completions.whole(model, asked, client), client);
        }
    }

    private void chat(byte[] body, Request request, Response response, Callback callback)
            throws ApiException, InterruptedException {
        ChatRequest asked = OllamaRequest.read(body, settings.limits());
        ChatModels.Entry model = model(asked.model());
        ClientWatch client = new ClientWatch(request);
        if (asked.stream()) {
            ollama.stream(model, asked, response, client);
            end(response, callback, client);
        } else {
            send(response, callback, ollama.whole(model, asked, client), client);
        }
    }

    private void show(byte[] body, Response response, Callback callback) throws ApiException {
        try {
            ForeignJson json = ForeignJson.parse("the request", body);
            ForeignJson name = json.at("model").isPresent() ? json.at("model") : json.at("name");
            model(name.optionalText().map(OllamaRequest::name));
        } catch (UsageException e) {
            throw ApiException.invalid(400, "invalid_value", null, e.getMessage());
        }
        send(response, callback, 200, Ollama.show());
    }

    private void send(Response response, Callback callback, JsonObject answer, ClientWatch client) {
        if (client.wrote()) {
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        send(response, callback, 200, answer);
    }

    private void end(Response response, Callback callback, ClientWatch client) {
        metrics.answered(response.getStatus());
        if (client.wrote()) {
            callback.failed(
                    new IOException(
                            "the client sent another request before the end of the answer"));
        } else {
            callback.succeeded();
        }
    }

    /** The model that the request names, or the default model. */
    private ChatModels.Entry model(Optional<String> name) throws ApiException {
        if (name.isEmpty()) {
            return models.first();
        }
        Optional<ChatModels.Entry> model = models.named(name.get());
        if (model.isEmpty()) {
            String there =
                    models.entries().stream()
                            .map(entry -> "\"" + entry.name() + "\"")
                            .collect(Collectors.joining(", "));
            throw ApiException.invalid(
                    404,
                    "model_not_found",
                    "model",
                    "there is no model \"%s\" here, only %s"
                            .formatted(ForeignText.line(name.get(), 80), there));
        }
        return model.get();
    }

    private static void method(Request request, String wanted) throws ApiException {
        if (!request.getMethod().equals(wanted)) {
            throw ApiException.invalid(
                    405, "method_not_allowed", null, "this address accepts " + wanted);
        }
    }

    /** Rejects clients that do not know the token, and web pages of hosts that are not allowed. */
    private void guard(Request request, Response response) throws ApiException {
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        String host = Request.getServerName(request);
        if (LOOPBACK.contains(settings.host())
                && (host == null || !LOOPBACK.contains(host.toLowerCase(Locale.ROOT)))) {
            // A page whose host name resolves to this machine (DNS rebinding).
            throw ApiException.invalid(
                    403, "forbidden", null, "this server answers only requests to localhost");
        }
        if (origin != null) {
            boolean own = origin.equals("http://" + request.getHeaders().get(HttpHeader.HOST));
            if (!own && !settings.origins().contains(origin)) {
                throw ApiException.invalid(
                        403, "forbidden", null, "web pages of other hosts cannot call this server");
            }
            response.getHeaders().put(HttpHeader.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            response.getHeaders()
                    .put(HttpHeader.ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type");
            response.getHeaders().put(HttpHeader.VARY, "Origin");
        }
        boolean open =
                settings.token().isEmpty()
                        || request.getMethod().equals("OPTIONS")
                        || Request.getPathInContext(request).equals("/health")
                        || demo.isPresent() && demo.get().isOpen(Request.getPathInContext(request));
        if (!open && !shows(request, settings.token().get())) {
            throw ApiException.invalid(
                    401, "invalid_api_key", null, "send Authorization: Bearer TOKEN");
        }
    }

    /** Compares in constant time, so that the time does not reveal how many bytes agree. */
    private static boolean shows(Request request, String token) {
        String header = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        byte[] shown = (header == null ? "" : header).getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(shown, ("Bearer " + token).getBytes(StandardCharsets.UTF_8));
    }

    private JsonObject models() {
        JsonArray data = new JsonArray();
        models.entries().forEach(model -> data.add(describe(model)));
        JsonObject list = new JsonObject();
        list.addProperty("object", "list");
        list.add("data", data);
        return list;
    }

    private JsonObject describe(ChatModels.Entry model) {
        JsonObject entry = new JsonObject();
        entry.addProperty("id", model.name());
        entry.addProperty("object", "model");
        entry.addProperty("created", since);
        entry.addProperty("owned_by", "minigpt4j");
        entry.addProperty("name", model.name());
        return entry;
    }

    private void send(Response response, Callback callback, int status, JsonElement body) {
        metrics.answered(status);
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json;charset=utf-8");
        Content.Sink.write(response, true, Completions.GSON.toJson(body), callback);
    }
}
