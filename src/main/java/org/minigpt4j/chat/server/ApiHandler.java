package org.minigpt4j.chat.server;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.io.ForeignText;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Every request: who asks, what for, and the answer or an error that OpenAI's clients read. */
final class ApiHandler extends Handler.Abstract {

    private static final int RETRY_SECONDS = 2;

    /** What of a request that is too long is read and dropped, in lengths that are allowed. */
    private static final int DRAINED = 4;

    private static final String MODEL = "/v1/models/";

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

    private final ServerSettings settings;
    private final ChatModels models;
    private final Completions completions;
    private final Consumer<String> log;
    private final long since = Instant.now().getEpochSecond();

    ApiHandler(ServerSettings settings, ModelDesk desk, ChatModels models, Consumer<String> log) {
        this.settings = settings;
        this.models = models;
        this.log = log;
        completions = new Completions(desk);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        try {
            guard(request, response);
            if (request.getMethod().equals("OPTIONS")) {
                response.setStatus(204);
                callback.succeeded();
                return true;
            }
            route(request, response, callback);
        } catch (ApiException e) {
            if (e.status() == 429) {
                response.getHeaders().put(HttpHeader.RETRY_AFTER, RETRY_SECONDS);
            }
            send(response, callback, e.status(), e.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            send(
                    response,
                    callback,
                    503,
                    ApiException.failed(503, "the server is going down").body());
        } catch (IOException | RuntimeException | Error e) {
            // One request must not take the others with it, whatever it provoked.
            log.accept("a request failed: " + ForeignText.line(String.valueOf(e)));
            send(
                    response,
                    callback,
                    500,
                    ApiException.failed(500, "the request failed here; the server's log says why")
                            .body());
        }
        return true;
    }

    private void route(Request request, Response response, Callback callback)
            throws ApiException, IOException, InterruptedException {
        String path = Request.getPathInContext(request);
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
            case "/v1/chat/completions" -> {
                method(request, "POST");
                complete(request, response, callback);
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

    private void complete(Request request, Response response, Callback callback)
            throws ApiException, IOException, InterruptedException {
        ChatRequest asked = ChatRequest.read(body(request), settings.limits());
        ChatModels.Entry model = model(asked.model());
        if (asked.stream()) {
            completions.stream(model, asked, response);
            callback.succeeded();
        } else {
            send(response, callback, 200, completions.whole(model, asked));
        }
    }

    /** The model that is asked, the first if none is named. */
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

    private byte[] body(Request request) throws ApiException, IOException {
        int most = settings.limits().bodyBytes();
        try (InputStream in = Content.Source.asInputStream(request)) {
            byte[] body = request.getLength() > most ? new byte[0] : in.readNBytes(most + 1);
            if (request.getLength() > most || body.length > most) {
                // Some clients read no answer before they have sent everything.
                in.skip(DRAINED * (long) most);
                throw tooLarge(most);
            }
            return body;
        }
    }

    private static ApiException tooLarge(int most) {
        return ApiException.invalid(
                413,
                "request_too_large",
                null,
                "the request is longer than %d MB".formatted(most >> 20));
    }

    private static void method(Request request, String wanted) throws ApiException {
        if (!request.getMethod().equals(wanted)) {
            throw ApiException.invalid(
                    405, "method_not_allowed", null, "this address takes " + wanted);
        }
    }

    /** Who may ask: whoever knows the token, and no page of a host that is not named. */
    private void guard(Request request, Response response) throws ApiException {
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        String host = Request.getServerName(request);
        if (LOOPBACK.contains(settings.host())
                && (host == null || !LOOPBACK.contains(host.toLowerCase(Locale.ROOT)))) {
            // A page whose name was made to mean this machine (DNS rebinding).
            throw ApiException.invalid(
                    403, "forbidden", null, "this server answers to localhost alone");
        }
        if (origin != null) {
            boolean own = origin.equals("http://" + request.getHeaders().get(HttpHeader.HOST));
            if (!own && !settings.origins().contains(origin)) {
                throw ApiException.invalid(
                        403, "forbidden", null, "pages of other hosts may not call this server");
            }
            response.getHeaders().put(HttpHeader.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            response.getHeaders()
                    .put(HttpHeader.ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type");
            response.getHeaders().put(HttpHeader.VARY, "Origin");
        }
        boolean open =
                settings.token().isEmpty()
                        || request.getMethod().equals("OPTIONS")
                        || Request.getPathInContext(request).equals("/health");
        if (!open && !shows(request, settings.token().get())) {
            throw ApiException.invalid(
                    401, "invalid_api_key", null, "send Authorization: Bearer TOKEN");
        }
    }

    /** Compares all bytes, so that the time tells nothing of how far they agree. */
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

    private static void send(Response response, Callback callback, int status, JsonElement body) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json;charset=utf-8");
        Content.Sink.write(response, true, Completions.GSON.toJson(body), callback);
    }
}
