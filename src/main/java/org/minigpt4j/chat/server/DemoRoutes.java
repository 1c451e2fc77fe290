package org.minigpt4j.chat.server;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.page.DemoPage;
import org.minigpt4j.io.ResidentMemory;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The routes of the demo page: its files, its settings ({@code /demo/settings.json}), the server's
 * load ({@code /demo/stats.json}), and example pictures. Requests are looked up in tables built at
 * the start; a URL never becomes a file path.
 */
final class DemoRoutes {

    private static final Pattern EXAMPLE = Pattern.compile("/demo/examples/([0-9]{1,4})");
    private static final int DEFAULT_TOKENS = 300;

    /** Default questions, from the reference's instructions for descriptions. */
    private static final List<String> QUESTIONS =
            List.of("Describe this image in detail.", "What do you notice about this image?");

    private final DemoPage page;
    private final ChatModels models;
    private final ServerSettings.Limits limits;

    DemoRoutes(DemoPage page, ChatModels models, ServerSettings.Limits limits) {
        this.page = page;
        this.models = models;
        this.limits = limits;
    }

    /** Whether a path is one of the page's files, which need no token. */
    boolean isOpen(String path) {
        return page.file(path).isPresent();
    }

    /** Whether a path belongs to the demo page. */
    boolean isAt(String path) {
        return path.equals("/") || path.startsWith("/demo/");
    }

    /**
     * Handles a request for one of these paths.
     *
     * @throws ApiException with status 404 if there is nothing at the path
     */
    void handle(String path, Request request, Response response, Callback callback)
            throws ApiException {
        DemoPage.HEADERS.forEach((name, value) -> response.getHeaders().put(name, value));
        Optional<DemoPage.PageFile> file = page.file(path);
        Matcher example = EXAMPLE.matcher(path);
        if (file.isPresent()) {
            send(file.get(), request, response, callback);
        } else if (path.equals("/demo/settings.json")) {
            send(settings(), response, callback);
        } else if (path.equals("/demo/stats.json")) {
            send(stats(), response, callback);
        } else if (example.matches()
                && Integer.parseInt(example.group(1)) < page.examples().size()) {
            DemoPage.Example one = page.examples().get(Integer.parseInt(example.group(1)));
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
            send(one.type(), one.picture(), response, callback);
        } else {
            throw ApiException.invalid(404, "not_found", null, "there is nothing at this address");
        }
    }

    private static void send(
            DemoPage.PageFile file, Request request, Response response, Callback callback) {
        // Browsers revalidate each time, so a page never mixes files of two versions.
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache");
        response.getHeaders().put(HttpHeader.ETAG, file.tag());
        HttpField known = request.getHeaders().getField(HttpHeader.IF_NONE_MATCH);
        if (known != null && known.contains(file.tag())) {
            response.setStatus(304);
            callback.succeeded();
            return;
        }
        send(file.type(), file.content(), response, callback);
    }

    private static void send(JsonObject body, Response response, Callback callback) {
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json;charset=utf-8");
        Content.Sink.write(response, true, Completions.GSON.toJson(body), callback);
    }

    private static void send(String type, byte[] body, Response response, Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        response.write(true, ByteBuffer.wrap(body), callback);
    }

    private JsonObject settings() {
        JsonArray list = new JsonArray();
        // In training order: the further checkpoints, then the file's own.
        models.entries().stream().skip(1).forEach(entry -> list.add(describe(entry, false)));
        list.add(describe(models.first(), true));
        JsonObject values = new JsonObject();
        values.add("num_beams", range(1, 10, 1, 1));
        values.add("temperature", range(0.1, 2, 0.1, 1));
        int tokens = limits.newTokens();
        values.add("max_tokens", range(1, tokens, 1, Math.min(DEFAULT_TOKENS, tokens)));
        JsonObject most = new JsonObject();
        most.addProperty("body_bytes", limits.bodyBytes());
        most.addProperty("pictures", limits.pictures());
        JsonArray examples = new JsonArray();
        for (DemoPage.Example example : page.examples()) {
            JsonObject one = new JsonObject();
            one.addProperty("name", example.name());
            one.add("questions", texts(example.questions()));
            examples.add(one);
        }
        ChatModel model = models.first().model();
        JsonObject body = new JsonObject();
        body.add("models", list);
        body.addProperty("device", model.device());
        body.addProperty("precision", model.precision());
        body.add("settings", values);
        body.add("limits", most);
        body.add("questions", texts(QUESTIONS));
        body.add("examples", examples);
        return body;
    }

    private static JsonObject describe(ChatModels.Entry entry, boolean first) {
        JsonObject model = new JsonObject();
        model.addProperty("id", entry.name());
        model.addProperty("origin", entry.origin());
        model.addProperty("default", first);
        return model;
    }

    private static JsonObject range(double min, double max, double step, double value) {
        JsonObject range = new JsonObject();
        range.addProperty("min", min);
        range.addProperty("max", max);
        range.addProperty("step", step);
        range.addProperty("value", value);
        return range;
    }

    private static JsonArray texts(List<String> texts) {
        JsonArray array = new JsonArray();
        texts.forEach(array::add);
        return array;
    }

    private JsonObject stats() {
        JsonObject body = new JsonObject();
        body.addProperty("memory_bytes", ResidentMemory.bytes());
        body.addProperty("device_memory_bytes", models.first().model().deviceBytes());
        return body;
    }
}
