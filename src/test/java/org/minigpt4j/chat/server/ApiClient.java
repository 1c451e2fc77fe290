package org.minigpt4j.chat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A server that is asked over HTTP, whoever's it is. */
record ApiClient(URI base, Optional<String> token, String model) {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(100));
        token.ifPresent(it -> request.header("Authorization", "Bearer " + it));
        return request;
    }

    HttpResponse<String> send(HttpRequest request) throws Exception {
        return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws Exception {
        return send(request(path).build());
    }

    HttpResponse<String> post(String path, String body) throws Exception {
        return send(
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build());
    }

    HttpResponse<String> complete(JsonObject body) throws Exception {
        return post("/v1/chat/completions", body.toString());
    }

    /** The answer to a request that is not streamed. */
    JsonObject answer(JsonObject body) throws Exception {
        HttpResponse<String> response = complete(body);
        assertEquals(200, response.statusCode(), response.body());
        return json(response.body());
    }

    /** The events of a streamed answer, without its end. */
    List<JsonObject> events(JsonObject body) throws Exception {
        body.addProperty("stream", true);
        HttpResponse<String> response = complete(body);
        assertEquals(200, response.statusCode(), response.body());
        assertTrue(response.body().endsWith("data: [DONE]\n\n"), response.body());
        List<JsonObject> events = new ArrayList<>();
        for (String event : response.body().split("\n\n")) {
            assertTrue(event.startsWith("data: "), event);
            if (!event.equals("data: [DONE]")) {
                events.add(json(event.substring("data: ".length())));
            }
        }
        return events;
    }

    /** A request that asks a question, alone or with pictures before it. */
    JsonObject asks(String question, String... pictures) {
        JsonArray parts = new JsonArray();
        for (String picture : pictures) {
            JsonObject url = new JsonObject();
            url.addProperty("url", picture);
            JsonObject part = new JsonObject();
            part.addProperty("type", "image_url");
            part.add("image_url", url);
            parts.add(part);
        }
        JsonObject text = new JsonObject();
        text.addProperty("type", "text");
        text.addProperty("text", question);
        parts.add(text);
        return with("messages", List.of(message("user", parts)));
    }

    private JsonObject with(String key, List<JsonObject> list) {
        JsonObject body = new JsonObject();
        body.addProperty("model", model);
        JsonArray array = new JsonArray();
        list.forEach(array::add);
        body.add(key, array);
        body.addProperty("temperature", 0);
        body.addProperty("max_tokens", 8);
        return body;
    }

    /** A request with these messages. */
    JsonObject says(JsonObject... messages) {
        return with("messages", List.of(messages));
    }

    static JsonObject message(String role, JsonElement content) {
        JsonObject message = new JsonObject();
        message.addProperty("role", role);
        message.add("content", content);
        return message;
    }

    static JsonObject message(String role, String content) {
        JsonObject message = new JsonObject();
        message.addProperty("role", role);
        message.addProperty("content", content);
        return message;
    }

    static JsonObject json(String text) {
        return JsonParser.parseString(text).getAsJsonObject();
    }

    static JsonObject choice(JsonObject answer, int index) {
        return answer.getAsJsonArray("choices").get(index).getAsJsonObject();
    }

    static String content(JsonObject answer) {
        return choice(answer, 0).getAsJsonObject("message").get("content").getAsString();
    }

    static int usage(JsonObject answer, String key) {
        return answer.getAsJsonObject("usage").get(key).getAsInt();
    }
}
