package org.minigpt4j.chat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.NanoChat;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** What OpenAI's clients send and depend on, over HTTP, with a small random model behind it. */
@Timeout(120)
class ChatServerTest {

    @TempDir static Path temp;
    private static ChatModel model;
    private static ChatServer server;
    private static ChatServer guarded;
    private static ChatModels models;
    private static ChatServer several;
    private static String picture;
    private static final List<String> LOG = new ArrayList<>();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @BeforeAll
    static void open() {
        model = ChatModel.open(NanoChat.config(temp), (key, bytes) -> {});
        var limits = new ServerSettings.Limits(1 << 20, 2, 16, 3, 64, 8, 4, 4096, 16);
        server =
                new ChatServer(
                        model,
                        "nano",
                        new ServerSettings("127.0.0.1", 0, Optional.empty(), Set.of(), limits),
                        LOG::add);
        guarded =
                new ChatServer(
                        model,
                        "nano",
                        new ServerSettings(
                                "127.0.0.1",
                                0,
                                Optional.of("secret"),
                                Set.of("https://page.example"),
                                limits),
                        LOG::add);
        models =
                ChatModels.open(
                        NanoChat.config(temp.resolve("several")),
                        "after",
                        List.of(new ChatModels.Choice("before", Optional.empty())),
                        (key, bytes) -> {});
        several =
                new ChatServer(
                        models,
                        new ServerSettings("127.0.0.1", 0, Optional.empty(), Set.of(), limits),
                        LOG::add);
        picture =
                "data:image/jpeg;base64,"
                        + Base64.getEncoder().encodeToString(new SceneWorld(3, 128).jpeg(1));
    }

    @AfterAll
    static void close() {
        server.close();
        guarded.close();
        several.close();
        models.close();
        model.close();
        assertEquals(List.of(), LOG);
    }

    private static HttpRequest.Builder request(ChatServer asked, String path) {
        return HttpRequest.newBuilder(URI.create(asked.address() + path));
    }

    private static HttpResponse<String> send(HttpRequest request) throws Exception {
        return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String body) throws Exception {
        return post(server, body);
    }

    private static HttpResponse<String> post(ChatServer asked, String body) throws Exception {
        return send(
                request(asked, "/v1/chat/completions")
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build());
    }

    private static String body(String question, String more) {
        return """
        {"model": "nano", "messages": [{"role": "user", "content": [
          {"type": "image_url", "image_url": {"url": "%s", "detail": "low"}},
          {"type": "text", "text": "%s"}]}],
         "temperature": 0, "max_tokens": 8 %s}
        """
                .formatted(picture, question, more);
    }

    private static JsonObject json(String text) {
        return JsonParser.parseString(text).getAsJsonObject();
    }

    private static List<JsonObject> events(String body) {
        List<JsonObject> events = new ArrayList<>();
        List<String> lines = body.lines().filter(line -> !line.isEmpty()).toList();
        assertEquals("data: [DONE]", lines.get(lines.size() - 1));
        for (String line : lines.subList(0, lines.size() - 1)) {
            events.add(json(line.substring("data: ".length())));
        }
        return events;
    }

    @Test
    void anAnswerHasAllThatClientsRead() throws Exception {
        HttpResponse<String> response = post(body("what is it?", ""));
        assertEquals(200, response.statusCode(), response.body());
        assertTrue(
                response.headers().firstValue("Content-Type").orElse("").contains("json"),
                response.headers().toString());
        JsonObject answer = json(response.body());
        assertTrue(answer.get("id").getAsString().startsWith("chatcmpl-"));
        assertEquals("chat.completion", answer.get("object").getAsString());
        assertEquals("nano", answer.get("model").getAsString());
        JsonObject choice = answer.getAsJsonArray("choices").get(0).getAsJsonObject();
        assertEquals(0, choice.get("index").getAsInt());
        assertEquals("assistant", choice.getAsJsonObject("message").get("role").getAsString());
        JsonObject usage = answer.getAsJsonObject("usage");
        assertEquals(
                usage.get("total_tokens").getAsInt(),
                usage.get("prompt_tokens").getAsInt() + usage.get("completion_tokens").getAsInt());
        int generated = usage.get("completion_tokens").getAsInt();
        String end = choice.get("finish_reason").getAsString();
        assertTrue(end.equals(generated == 8 ? "length" : "stop") || generated == 8, end);
    }

    @Test
    void aStreamSaysTheSameInPieces() throws Exception {
        JsonObject whole = json(post(body("what is it?", "")).body());
        HttpResponse<String> response =
                post(
                        body(
                                "what is it?",
                                ", \"stream\": true, \"stream_options\": {\"include_usage\":"
                                        + " true}"));
        assertEquals(
                "text/event-stream;charset=utf-8",
                response.headers().firstValue("Content-Type").orElse(""));
        List<JsonObject> events = events(response.body());
        StringBuilder text = new StringBuilder();
        String finish = null;
        for (JsonObject event : events.subList(0, events.size() - 1)) {
            assertEquals("chat.completion.chunk", event.get("object").getAsString());
            JsonObject choice = event.getAsJsonArray("choices").get(0).getAsJsonObject();
            JsonElement content = choice.getAsJsonObject("delta").get("content");
            text.append(content == null ? "" : content.getAsString());
            if (!choice.get("finish_reason").isJsonNull()) {
                finish = choice.get("finish_reason").getAsString();
            }
        }
        JsonObject first = events.get(0).getAsJsonArray("choices").get(0).getAsJsonObject();
        assertEquals("assistant", first.getAsJsonObject("delta").get("role").getAsString());
        JsonObject choice = whole.getAsJsonArray("choices").get(0).getAsJsonObject();
        assertEquals(
                choice.getAsJsonObject("message").get("content").getAsString(), text.toString());
        assertEquals(choice.get("finish_reason").getAsString(), finish);
        JsonObject last = events.get(events.size() - 1);
        assertEquals(0, last.getAsJsonArray("choices").size());
        assertEquals(whole.get("usage"), last.get("usage"));
    }

    @Test
    void theSameSeedDrawsTheSame() throws Exception {
        String draw =
                body("what is it?", ", \"n\": 3, \"seed\": 7")
                        .replace("\"temperature\": 0", "\"temperature\": 1.5");
        JsonArray once = json(post(draw).body()).getAsJsonArray("choices");
        JsonArray again = json(post(draw).body()).getAsJsonArray("choices");
        assertEquals(once, again);
        assertEquals(3, once.size());
        assertEquals(2, once.get(2).getAsJsonObject().get("index").getAsInt());
    }

    @Test
    void aStopTextEndsTheAnswerAndIsNotInIt() throws Exception {
        String text = content(post(body("what is it?", "")));
        String stop = text.substring(text.length() / 2, text.length() / 2 + 1);
        String cut = content(post(body("what is it?", ", \"stop\": [\"%s\"]".formatted(stop))));
        assertEquals(text.substring(0, text.indexOf(stop)), cut);
    }

    private static String content(HttpResponse<String> response) {
        return json(response.body())
                .getAsJsonArray("choices")
                .get(0)
                .getAsJsonObject()
                .getAsJsonObject("message")
                .get("content")
                .getAsString();
    }

    @Test
    void mistakesAreFourHundredsThatNameTheKey() throws Exception {
        expect(400, "messages", "{}");
        expect(400, "messages", "{\"messages\": []}");
        expect(
                400,
                "temperature",
                body("x", "").replace("\"temperature\": 0", "\"temperature\": 9"));
        expect(
                400,
                "temperature",
                body("x", "").replace("\"temperature\": 0", "\"temperature\": \"NaN\""));
        expect(400, "max_tokens", body("x", "").replace("\"max_tokens\": 8", "\"max_tokens\": 0"));
        expect(400, "n", body("x", ", \"n\": 4"));
        expect(400, "top_logprobs", body("x", ", \"logprobs\": true, \"top_logprobs\": 21"));
        expect(404, "model", body("x", "").replace("\"nano\"", "\"gpt-4\""));
        expect(400, null, "{\"messages\": ");
        assertTrue(
                json(post("{\"messages\": ").body())
                        .getAsJsonObject("error")
                        .get("param")
                        .isJsonNull(),
                "no key is to blame");
        expect(400, null, "[".repeat(100_000));
        expect(400, "messages", "{\"messages\": [{\"role\": \"assistant\", \"content\": \"x\"}]}");
    }

    private static void expect(int status, String param, String body) throws Exception {
        HttpResponse<String> response = post(body);
        assertEquals(status, response.statusCode(), response.body());
        JsonObject error = json(response.body()).getAsJsonObject("error");
        assertFalse(error.get("message").getAsString().isEmpty());
        assertTrue(error.get("code").getAsJsonPrimitive().isString(), error.toString());
        if (param != null) {
            assertTrue(error.get("param").getAsString().startsWith(param), error.toString());
        }
    }

    @Test
    void picturesThatAreNoneAreRefused() throws Exception {
        for (String url :
                List.of(
                        "http://169.254.169.254/latest/meta-data",
                        "file:///etc/passwd",
                        "data:image/png;base64,%%%%",
                        "data:image/png;base64,aGVsbG8=",
                        "data:image/png;base64",
                        "data:image/png,hello",
                        "")) {
            HttpResponse<String> response = post(body("x", "").replace(picture, url));
            assertEquals(400, response.statusCode(), url);
            assertTrue(
                    json(response.body())
                            .getAsJsonObject("error")
                            .get("code")
                            .getAsString()
                            .startsWith("invalid_"),
                    url + ": " + response.body());
        }
    }

    @Test
    void aRequestThatIsTooLongIsRefusedUnread() throws Exception {
        HttpResponse<String> response = post(body("x".repeat(2 << 20), ""));
        assertEquals(413, response.statusCode());
    }

    @Test
    void modelsAndHealthAreTold() throws Exception {
        JsonObject models = json(send(request(server, "/v1/models").build()).body());
        JsonObject one = models.getAsJsonArray("data").get(0).getAsJsonObject();
        assertEquals("nano", one.get("id").getAsString());
        assertEquals("minigpt4j", one.get("owned_by").getAsString());
        assertEquals(200, send(request(server, "/v1/models/nano").build()).statusCode());
        assertEquals(404, send(request(server, "/v1/models/other").build()).statusCode());
        assertEquals(200, send(request(guarded, "/health").build()).statusCode());
        assertEquals(405, send(request(server, "/v1/chat/completions").build()).statusCode());
    }

    @Test
    void eachCheckpointAnswersUnderItsOwnName() throws Exception {
        JsonArray told =
                json(send(request(several, "/v1/models").build()).body()).getAsJsonArray("data");
        assertEquals(2, told.size());
        assertEquals("after", told.get(0).getAsJsonObject().get("id").getAsString());
        String body = body("what is it?", "");
        HttpResponse<String> after = post(several, body.replace("\"nano\"", "\"after\""));
        HttpResponse<String> before = post(several, body.replace("\"nano\"", "\"before\""));
        assertEquals("after", json(after.body()).get("model").getAsString());
        assertEquals("before", json(before.body()).get("model").getAsString());
        assertEquals(content(post(body)), content(after), "what the model says when it is alone");
        assertNotEquals(content(after), content(before));
        assertEquals(
                content(after), content(post(several, body.replace("\"model\": \"nano\",", ""))));
        assertEquals(
                content(before), content(post(several, body.replace("\"nano\"", "\"before\""))));
        assertEquals(404, post(several, body).statusCode(), "nano is not there");
    }

    @Test
    void beamsSearch() throws Exception {
        String drawn =
                body("what is it?", ", \"seed\": 7 %s")
                        .replace("\"temperature\": 0", "\"temperature\": 1.5");
        String searched = content(post(drawn.formatted(", \"num_beams\": 4")));
        assertNotEquals(content(post(drawn.formatted(""))), searched);
        assertEquals(searched, content(post(drawn.formatted(", \"num_beams\": 4"))));
        expect(400, "num_beams", body("x", ", \"num_beams\": 11"));
    }

    @Test
    void onlyWhoeverKnowsTheTokenMayAsk() throws Exception {
        assertEquals(401, send(request(guarded, "/v1/models").build()).statusCode());
        for (String wrong : List.of("Bearer secreT", "Bearer ", "secret", "Basic secret")) {
            HttpRequest asked =
                    request(guarded, "/v1/models").header("Authorization", wrong).build();
            assertEquals(401, send(asked).statusCode(), wrong);
        }
        HttpRequest right =
                request(guarded, "/v1/models").header("Authorization", "Bearer secret").build();
        assertEquals(200, send(right).statusCode());
    }

    @Test
    void pagesOfOtherHostsMayNotCall() throws Exception {
        HttpRequest foreign =
                request(server, "/v1/models").header("Origin", "https://evil.example").build();
        assertEquals(403, send(foreign).statusCode());
        HttpRequest named =
                request(guarded, "/v1/models")
                        .header("Origin", "https://page.example")
                        .header("Authorization", "Bearer secret")
                        .build();
        HttpResponse<String> allowed = send(named);
        assertEquals(200, allowed.statusCode());
        assertEquals(
                "https://page.example",
                allowed.headers().firstValue("Access-Control-Allow-Origin").orElse(""));
        // DNS rebinding: another name that was made to mean this machine.
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
            socket.getOutputStream()
                    .write(
                            "GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.startsWith("HTTP/1.1 403"), answer);
        }
    }

    @Test
    void whoeverGoesAwayHarmsNobody() throws Exception {
        HttpResponse<InputStream> response =
                CLIENT.send(
                        request(server, "/v1/chat/completions")
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                body("what is it?", ", \"stream\": true")))
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        response.body().read();
        response.body().close();
        assertEquals(200, post(body("what is it?", "")).statusCode());
    }

    @Test
    void tooManyAtOnceAreToldToComeBack() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
        String body = body("what is it?", "").replace("\"max_tokens\": 8", "\"max_tokens\": 64");
        for (int i = 0; i < 40; i++) {
            asked.add(
                    CLIENT.sendAsync(
                            request(server, "/v1/chat/completions")
                                    .POST(HttpRequest.BodyPublishers.ofString(body))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString()));
        }
        int busy = 0;
        for (CompletableFuture<HttpResponse<String>> one : asked) {
            HttpResponse<String> response = one.get();
            if (response.statusCode() == 429) {
                busy++;
                assertTrue(
                        response.headers().firstValueAsLong("Retry-After").orElse(0) > 0,
                        response.headers().toString());
            } else {
                assertEquals(200, response.statusCode(), response.body());
            }
        }
        assertTrue(busy > 0 && busy < 40, busy + " of 40 were told to come back");
    }
}
