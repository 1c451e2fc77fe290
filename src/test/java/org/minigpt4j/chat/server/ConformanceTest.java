package org.minigpt4j.chat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.minigpt4j.chat.server.ApiClient.choice;
import static org.minigpt4j.chat.server.ApiClient.content;
import static org.minigpt4j.chat.server.ApiClient.json;
import static org.minigpt4j.chat.server.ApiClient.message;
import static org.minigpt4j.chat.server.ApiClient.usage;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.NanoChat;
import org.minigpt4j.nano.scene.SceneWorld;

import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What OpenAI's official clients and Open WebUI send and depend on, behaviour by behaviour. It asks
 * a server of its own with a small random model; to ask another one, set {@code
 * minigpt4j.conformance.url} (such as {@code http://127.0.0.1:8000}), {@code
 * minigpt4j.conformance.model} and, if it wants one, {@code minigpt4j.conformance.token}.
 */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConformanceTest {

    private static final String PROPERTY = "minigpt4j.conformance.";

    @TempDir static Path temp;
    private ChatModel model;
    private ChatServer server;
    private ApiClient api;
    private String picture;
    private String other;
    private final List<DynamicTest> behaviours = new ArrayList<>();

    @BeforeAll
    void open() {
        String url = System.getProperty(PROPERTY + "url");
        if (url == null) {
            model = ChatModel.open(NanoChat.config(temp), (key, bytes) -> {});
            server =
                    new ChatServer(
                            model,
                            "nano",
                            new ServerSettings(
                                    "127.0.0.1",
                                    0,
                                    Optional.empty(),
                                    Set.of(),
                                    ServerSettings.Limits.DEFAULT),
                            System.err::println);
            api = new ApiClient(server.address(), Optional.empty(), "nano");
        } else {
            api =
                    new ApiClient(
                            URI.create(url),
                            Optional.ofNullable(System.getProperty(PROPERTY + "token")),
                            System.getProperty(PROPERTY + "model", "minigpt4j"));
        }
        SceneWorld world = new SceneWorld(3, 128);
        picture = data(world.jpeg(0));
        other = data(world.jpeg(1));
    }

    private static String data(byte[] jpeg) {
        return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(jpeg);
    }

    @AfterAll
    void close() {
        if (server != null) {
            server.close();
            model.close();
        }
    }

    private void it(String does, Executable check) {
        behaviours.add(dynamicTest(does, check));
    }

    @TestFactory
    List<DynamicTest> behaviours() {
        wholeAnswers();
        whatMessagesMayBe();
        settings();
        logprobs();
        streams();
        mistakes();
        besides();
        openWebUi();
        if (server != null) {
            ollama();
        }
        assertTrue(behaviours.size() >= 60, behaviours.size() + " behaviours");
        return behaviours;
    }

    private static JsonObject changed(JsonObject body, Consumer<JsonObject> change) {
        change.accept(body);
        return body;
    }

    private static JsonElement text(String text) {
        return new JsonPrimitive(text);
    }

    private void wholeAnswers() {
        it(
                "an answer has id, object, created, model and choices",
                () -> {
                    JsonObject answer = api.answer(api.asks("what is it?", picture));
                    assertFalse(answer.get("id").getAsString().isEmpty());
                    assertEquals("chat.completion", answer.get("object").getAsString());
                    assertTrue(answer.get("created").getAsLong() > 1_700_000_000L);
                    assertEquals(api.model(), answer.get("model").getAsString());
                    assertEquals(1, answer.getAsJsonArray("choices").size());
                });
        it(
                "a choice has index, message with role and content, and finish_reason",
                () -> {
                    JsonObject choice = choice(api.answer(api.asks("what is it?", picture)), 0);
                    assertEquals(0, choice.get("index").getAsInt());
                    JsonObject message = choice.getAsJsonObject("message");
                    assertEquals("assistant", message.get("role").getAsString());
                    assertTrue(message.get("content").getAsJsonPrimitive().isString());
                    String reason = choice.get("finish_reason").getAsString();
                    assertTrue(List.of("stop", "length").contains(reason), reason);
                });
        it(
                "usage has three whole numbers that add up",
                () -> {
                    JsonObject answer = api.answer(api.asks("what is it?", picture));
                    assertTrue(usage(answer, "prompt_tokens") > 0);
                    assertTrue(usage(answer, "completion_tokens") > 0);
                    assertEquals(
                            usage(answer, "prompt_tokens") + usage(answer, "completion_tokens"),
                            usage(answer, "total_tokens"));
                });
        it(
                "usage counts a longer question's tokens",
                () ->
                        assertTrue(
                                usage(
                                                api.answer(api.asks("what is this red thing?")),
                                                "prompt_tokens")
                                        > usage(api.answer(api.asks("what?")), "prompt_tokens")));
        it(
                "usage counts a picture's places",
                () ->
                        assertTrue(
                                usage(api.answer(api.asks("what?", picture)), "prompt_tokens")
                                        > usage(api.answer(api.asks("what?")), "prompt_tokens")));
        it(
                "each answer has an id of its own",
                () ->
                        assertFalse(
                                api.answer(api.asks("what?"))
                                        .get("id")
                                        .equals(api.answer(api.asks("what?")).get("id"))));
        it(
                "the content type is application/json",
                () -> {
                    HttpResponse<String> response = api.complete(api.asks("what?"));
                    String type = response.headers().firstValue("Content-Type").orElse("");
                    assertTrue(type.startsWith("application/json"), type);
                });
        it(
                "max_tokens of 1 gives one token and finish_reason length",
                () -> {
                    JsonObject answer =
                            api.answer(
                                    changed(
                                            api.asks("what?", picture),
                                            body -> body.addProperty("max_tokens", 1)));
                    assertEquals(1, usage(answer, "completion_tokens"));
                    assertEquals("length", choice(answer, 0).get("finish_reason").getAsString());
                });
        it(
                "max_completion_tokens counts rather than max_tokens",
                () ->
                        assertEquals(
                                1,
                                usage(
                                        api.answer(
                                                changed(
                                                        api.asks("what?", picture),
                                                        body ->
                                                                body.addProperty(
                                                                        "max_completion_tokens",
                                                                        1))),
                                        "completion_tokens")));
        it(
                "max_tokens beyond what the server gives is no error",
                () -> {
                    JsonObject body = api.asks("what?");
                    body.addProperty("max_tokens", 1_000_000);
                    body.addProperty("stop", "e");
                    assertEquals(200, api.complete(body).statusCode());
                });
    }

    private void whatMessagesMayBe() {
        it("content may be text", () -> api.answer(api.says(message("user", "hello"))));
        it("content may be a list of texts", () -> api.answer(api.asks("hello")));
        it(
                "text and a list of one text are the same question",
                () ->
                        assertEquals(
                                content(api.answer(api.says(message("user", "hello")))),
                                content(api.answer(api.asks("hello")))));
        it("a picture may be a data URL", () -> api.answer(api.asks("what?", picture)));
        it(
                "image_url may be text instead of an object",
                () -> {
                    String body = api.asks("what?", picture).toString();
                    String bare =
                            body.replace("{\"url\":\"" + picture + "\"}", "\"" + picture + "\"");
                    assertFalse(bare.equals(body));
                    assertEquals(200, api.post("/v1/chat/completions", bare).statusCode());
                });
        it(
                "image_url may have a detail",
                () -> {
                    JsonObject body = api.asks("what?", picture);
                    String with =
                            body.toString()
                                    .replace(picture + "\"}", picture + "\",\"detail\":\"high\"}");
                    assertEquals(200, api.post("/v1/chat/completions", with).statusCode());
                });
        it(
                "several pictures are seen",
                () ->
                        assertTrue(
                                usage(
                                                api.answer(api.asks("what?", picture, other)),
                                                "prompt_tokens")
                                        > usage(
                                                api.answer(api.asks("what?", picture)),
                                                "prompt_tokens")));
        it(
                "another picture is another question",
                () -> {
                    JsonObject first = changed(api.asks("what?", picture), this::tells);
                    JsonObject second = changed(api.asks("what?", other), this::tells);
                    assertFalse(
                            choice(api.answer(first), 0)
                                    .get("logprobs")
                                    .equals(choice(api.answer(second), 0).get("logprobs")));
                });
        it(
                "a system message is taken",
                () ->
                        api.answer(
                                api.says(
                                        message("system", "Be brief."), message("user", "hello"))));
        it(
                "a developer message is taken",
                () ->
                        api.answer(
                                api.says(
                                        message("developer", "Be brief."),
                                        message("user", "hello"))));
        it(
                "a history with the assistant's answers is taken",
                () ->
                        api.answer(
                                api.says(
                                        message("user", "hello"),
                                        message("assistant", "hello!"),
                                        message("user", "and now?"))));
        it(
                "an assistant's content may be null",
                () ->
                        api.answer(
                                api.says(
                                        message("user", "hello"),
                                        message("assistant", JsonNull.INSTANCE),
                                        message("user", "and now?"))));
        it(
                "text in any writing is taken",
                () -> api.answer(api.says(message("user", "Äpfel 苹果 🍎 \u0000 \"###\""))));
        it(
                "keys that nobody knows are passed over",
                () -> {
                    JsonObject body = api.asks("what?");
                    body.addProperty("store", false);
                    body.addProperty("user", "somebody");
                    body.addProperty("parallel_tool_calls", true);
                    body.add("metadata", new JsonObject());
                    api.answer(body);
                });
        it(
                "null stands for nothing",
                () -> {
                    JsonObject body = api.asks("what?");
                    for (String key :
                            List.of("stop", "seed", "n", "logprobs", "top_p", "stream_options")) {
                        body.add(key, JsonNull.INSTANCE);
                    }
                    api.answer(body);
                });
        it(
                "an empty list of tools is no tool",
                () ->
                        api.answer(
                                changed(
                                        api.asks("what?"),
                                        body -> body.add("tools", new JsonArray()))));
        it(
                "stream_options beside stream: false is no error",
                () -> {
                    JsonObject body = api.asks("what?");
                    body.addProperty("stream", false);
                    JsonObject options = new JsonObject();
                    options.addProperty("include_usage", true);
                    body.add("stream_options", options);
                    api.answer(body);
                });
    }

    private void tells(JsonObject body) {
        body.addProperty("logprobs", true);
        body.addProperty("top_logprobs", 3);
    }

    private void settings() {
        it(
                "a temperature of 0 repeats itself",
                () ->
                        assertEquals(
                                content(api.answer(api.asks("what is it?", picture))),
                                content(api.answer(api.asks("what is it?", picture)))));
        it(
                "a seed repeats a draw",
                () -> {
                    Consumer<JsonObject> draw =
                            body -> {
                                body.addProperty("temperature", 1.5);
                                body.addProperty("seed", 7);
                            };
                    assertEquals(
                            content(api.answer(changed(api.asks("what?", picture), draw))),
                            content(api.answer(changed(api.asks("what?", picture), draw))));
                });
        it(
                "n gives as many choices, numbered, and counts the prompt once",
                () -> {
                    JsonObject one = api.answer(api.asks("what?", picture));
                    JsonObject three =
                            api.answer(
                                    changed(
                                            api.asks("what?", picture),
                                            body -> body.addProperty("n", 3)));
                    assertEquals(3, three.getAsJsonArray("choices").size());
                    for (int i = 0; i < 3; i++) {
                        assertEquals(i, choice(three, i).get("index").getAsInt());
                    }
                    assertEquals(usage(one, "prompt_tokens"), usage(three, "prompt_tokens"));
                });
        it(
                "stop may be text, ends the answer and is not in it",
                () -> {
                    String whole = content(api.answer(api.asks("what is it?", picture)));
                    String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 1);
                    JsonObject cut =
                            api.answer(
                                    changed(
                                            api.asks("what is it?", picture),
                                            body -> body.addProperty("stop", stop)));
                    assertEquals(whole.substring(0, whole.indexOf(stop)), content(cut));
                    assertEquals("stop", choice(cut, 0).get("finish_reason").getAsString());
                });
        it(
                "stop may be a list",
                () -> {
                    String whole = content(api.answer(api.asks("what is it?", picture)));
                    JsonArray stops = new JsonArray();
                    stops.add("\u2603");
                    stops.add(whole.substring(0, 1));
                    assertEquals(
                            "",
                            content(
                                    api.answer(
                                            changed(
                                                    api.asks("what is it?", picture),
                                                    body -> body.add("stop", stops)))));
                });
        it(
                "top_p of 0 and a temperature at its highest are in range",
                () -> {
                    api.answer(changed(api.asks("what?"), body -> body.addProperty("top_p", 0)));
                    api.answer(
                            changed(api.asks("what?"), body -> body.addProperty("temperature", 2)));
                });
    }

    private void logprobs() {
        it(
                "logprobs tells of each token, and their texts make the answer",
                () -> {
                    JsonObject answer =
                            api.answer(changed(api.asks("what is it?", picture), this::tells));
                    JsonArray tokens =
                            choice(answer, 0).getAsJsonObject("logprobs").getAsJsonArray("content");
                    StringBuilder text = new StringBuilder();
                    for (JsonElement token : tokens) {
                        text.append(token.getAsJsonObject().get("token").getAsString());
                        assertTrue(token.getAsJsonObject().get("logprob").getAsDouble() <= 0);
                        assertTrue(token.getAsJsonObject().has("bytes"));
                    }
                    assertTrue(
                            text.toString().strip().startsWith(content(answer)),
                            text + " is not " + content(answer));
                });
        it(
                "top_logprobs gives as many, the likeliest first",
                () -> {
                    JsonObject answer =
                            api.answer(changed(api.asks("what is it?", picture), this::tells));
                    JsonObject token =
                            choice(answer, 0)
                                    .getAsJsonObject("logprobs")
                                    .getAsJsonArray("content")
                                    .get(0)
                                    .getAsJsonObject();
                    JsonArray top = token.getAsJsonArray("top_logprobs");
                    assertEquals(3, top.size());
                    double first = top.get(0).getAsJsonObject().get("logprob").getAsDouble();
                    double last = top.get(2).getAsJsonObject().get("logprob").getAsDouble();
                    assertTrue(first >= last);
                    assertEquals(first, token.get("logprob").getAsDouble());
                });
        it(
                "without logprobs there are none",
                () ->
                        assertTrue(
                                choice(api.answer(api.asks("what?")), 0)
                                        .get("logprobs")
                                        .isJsonNull()));
        it(
                "a stream's logprobs are those of the whole answer",
                () -> {
                    JsonArray whole =
                            choice(
                                            api.answer(
                                                    changed(
                                                            api.asks("what is it?", picture),
                                                            this::tells)),
                                            0)
                                    .getAsJsonObject("logprobs")
                                    .getAsJsonArray("content");
                    JsonArray streamed = new JsonArray();
                    for (JsonObject event :
                            api.events(changed(api.asks("what is it?", picture), this::tells))) {
                        if (choice(event, 0).get("logprobs") instanceof JsonObject part) {
                            streamed.addAll(part.getAsJsonArray("content"));
                        }
                    }
                    assertEquals(whole, streamed);
                });
    }

    private static String streamed(List<JsonObject> events, int index) {
        return events.stream()
                .filter(event -> !event.getAsJsonArray("choices").isEmpty())
                .map(event -> choice(event, 0))
                .filter(choice -> choice.get("index").getAsInt() == index)
                .map(choice -> choice.getAsJsonObject("delta").get("content"))
                .filter(content -> content != null && !content.isJsonNull())
                .map(JsonElement::getAsString)
                .collect(Collectors.joining());
    }

    private void streams() {
        it(
                "a stream's content type is text/event-stream",
                () -> {
                    JsonObject body = api.asks("what?");
                    body.addProperty("stream", true);
                    String type =
                            api.complete(body).headers().firstValue("Content-Type").orElse("");
                    assertTrue(type.startsWith("text/event-stream"), type);
                });
        it("a stream ends with data: [DONE] and nothing after it", () -> api.events(api.asks("x")));
        it(
                "the first chunk has the role",
                () ->
                        assertEquals(
                                "assistant",
                                choice(api.events(api.asks("what?", picture)).get(0), 0)
                                        .getAsJsonObject("delta")
                                        .get("role")
                                        .getAsString()));
        it(
                "the last choice chunk has the finish_reason, and no earlier one",
                () -> {
                    List<JsonObject> events = api.events(api.asks("what?", picture));
                    for (int i = 0; i < events.size(); i++) {
                        assertEquals(
                                i == events.size() - 1,
                                !choice(events.get(i), 0).get("finish_reason").isJsonNull());
                    }
                });
        it(
                "all chunks have one id, object, created, model, delta and index",
                () -> {
                    List<JsonObject> events = api.events(api.asks("what?", picture));
                    for (JsonObject event : events) {
                        assertEquals(events.get(0).get("id"), event.get("id"));
                        assertEquals("chat.completion.chunk", event.get("object").getAsString());
                        assertTrue(event.has("created"));
                        assertEquals(api.model(), event.get("model").getAsString());
                        assertTrue(choice(event, 0).has("delta"));
                        assertEquals(0, choice(event, 0).get("index").getAsInt());
                    }
                });
        it(
                "the deltas together are the whole answer",
                () ->
                        assertEquals(
                                content(api.answer(api.asks("what is it?", picture))),
                                streamed(api.events(api.asks("what is it?", picture)), 0)));
        it(
                "a stop text never shows in a stream",
                () -> {
                    String whole = content(api.answer(api.asks("what is it?", picture)));
                    String stop = whole.substring(whole.length() - 1);
                    assertEquals(
                            whole.substring(0, whole.indexOf(stop)),
                            streamed(
                                    api.events(
                                            changed(
                                                    api.asks("what is it?", picture),
                                                    body -> body.addProperty("stop", stop))),
                                    0));
                });
        it(
                "include_usage adds a last chunk with usage and no choices",
                () -> {
                    List<JsonObject> events =
                            api.events(changed(api.asks("what?"), this::wantsUsage));
                    JsonObject last = events.get(events.size() - 1);
                    assertEquals(0, last.getAsJsonArray("choices").size());
                    assertTrue(ApiClient.usage(last, "total_tokens") > 0);
                });
        it(
                "a stream's usage is the whole answer's",
                () -> {
                    List<JsonObject> events =
                            api.events(changed(api.asks("what?", picture), this::wantsUsage));
                    assertEquals(
                            api.answer(api.asks("what?", picture)).get("usage"),
                            events.get(events.size() - 1).get("usage"));
                });
        it(
                "empty stream_options add no usage",
                () -> {
                    JsonObject body = api.asks("what?");
                    body.add("stream_options", new JsonObject());
                    for (JsonObject event : api.events(body)) {
                        assertEquals(1, event.getAsJsonArray("choices").size());
                        assertTrue(!event.has("usage") || event.get("usage").isJsonNull());
                    }
                });
        it(
                "the choices of a stream are told apart by their index",
                () -> {
                    List<JsonObject> events =
                            api.events(
                                    changed(
                                            api.asks("what is it?", picture),
                                            body -> body.addProperty("n", 2)));
                    String whole = content(api.answer(api.asks("what is it?", picture)));
                    assertEquals(whole, streamed(events, 0));
                    assertEquals(whole, streamed(events, 1));
                });
        it(
                "a stream of one token is whole",
                () -> {
                    List<JsonObject> events =
                            api.events(
                                    changed(
                                            api.asks("what?"),
                                            body -> body.addProperty("max_tokens", 1)));
                    assertEquals(
                            "length",
                            choice(events.get(events.size() - 1), 0)
                                    .get("finish_reason")
                                    .getAsString());
                });
        it(
                "a mistake in a request for a stream is answered as JSON",
                () -> {
                    JsonObject body = api.asks("what?");
                    body.addProperty("stream", true);
                    body.addProperty("temperature", -1);
                    HttpResponse<String> response = api.complete(body);
                    assertEquals(400, response.statusCode());
                    String type = response.headers().firstValue("Content-Type").orElse("");
                    assertTrue(type.startsWith("application/json"), type);
                });
    }

    private void wantsUsage(JsonObject body) {
        JsonObject options = new JsonObject();
        options.addProperty("include_usage", true);
        body.add("stream_options", options);
    }

    private void mistake(String name, int status, String body) {
        it(
                name + " is answered " + status + " with message, type, param and a text as code",
                () -> {
                    HttpResponse<String> response = api.post("/v1/chat/completions", body);
                    assertEquals(status, response.statusCode(), response.body());
                    JsonObject error = json(response.body()).getAsJsonObject("error");
                    assertFalse(error.get("message").getAsString().isEmpty());
                    assertFalse(error.get("type").getAsString().isEmpty());
                    assertTrue(error.has("param"));
                    assertTrue(
                            error.get("code").isJsonNull()
                                    || error.get("code").getAsJsonPrimitive().isString());
                });
    }

    private void mistake(String name, Consumer<JsonObject> change) {
        mistake(name, 400, changed(api.asks("what?"), change).toString());
    }

    private void mistakes() {
        mistake("what is no JSON", 400, "{\"messages\": [");
        mistake("an empty body", 400, "");
        mistake("a list instead of an object", 400, "[]");
        mistake("no messages", body -> body.remove("messages"));
        mistake("an empty list of messages", body -> body.add("messages", new JsonArray()));
        mistake("an unknown role", 400, api.says(message("robot", "x")).toString());
        mistake(
                "an assistant's message at the end",
                400,
                api.says(message("user", "x"), message("assistant", "y")).toString());
        mistake(
                "a picture in a system message",
                400,
                api.asks("x", picture).toString().replace("\"user\"", "\"system\""));
        mistake(
                "an unknown kind of part",
                400,
                api.asks("x").toString().replace("\"type\":\"text\"", "\"type\":\"video\""));
        mistake(
                "a model that is not there",
                404,
                changed(api.asks("x"), body -> body.addProperty("model", "gpt-99")).toString());
        mistake("a temperature below 0", body -> body.addProperty("temperature", -0.1));
        mistake("a temperature above 2", body -> body.addProperty("temperature", 2.1));
        mistake("a temperature as text", body -> body.addProperty("temperature", "hot"));
        mistake("top_p above 1", body -> body.addProperty("top_p", 1.5));
        mistake("max_tokens of 0", body -> body.addProperty("max_tokens", 0));
        mistake("n of 0", body -> body.addProperty("n", 0));
        mistake("n in the thousands", body -> body.addProperty("n", 5000));
        mistake("stream as text", body -> body.addProperty("stream", "yes"));
        mistake(
                "top_logprobs above 20",
                body -> {
                    body.addProperty("logprobs", true);
                    body.addProperty("top_logprobs", 21);
                });
        mistake("top_logprobs without logprobs", body -> body.addProperty("top_logprobs", 2));
        mistake(
                "five stop texts",
                body -> {
                    JsonArray stops = new JsonArray();
                    List.of("a", "b", "c", "d", "e").forEach(stops::add);
                    body.add("stop", stops);
                });
        mistake("base64 that is none", 400, api.asks("x", "data:image/png;base64,@@@").toString());
        mistake(
                "a picture that is none",
                400,
                api.asks("x", "data:image/png;base64,aGVsbG8=").toString());
        mistake(
                "a picture on a private host",
                400,
                api.asks("x", "http://169.254.169.254/latest/meta-data").toString());
        mistake("a picture in a file", 400, api.asks("x", "file:///etc/passwd").toString());
        it(
                "the error names the key",
                () -> {
                    JsonObject body = api.asks("x");
                    body.addProperty("top_p", 7);
                    JsonObject error = json(api.complete(body).body()).getAsJsonObject("error");
                    assertEquals(text("top_p"), error.get("param"));
                });
    }

    private void besides() {
        it(
                "the list of models has id, object, created and owned_by",
                () -> {
                    JsonObject list = json(api.get("/v1/models").body());
                    assertEquals("list", list.get("object").getAsString());
                    JsonObject one = list.getAsJsonArray("data").get(0).getAsJsonObject();
                    for (String key : List.of("id", "object", "created", "owned_by")) {
                        assertTrue(one.has(key), key);
                    }
                });
        it(
                "one model can be asked for",
                () -> {
                    HttpResponse<String> response = api.get("/v1/models/" + api.model());
                    assertEquals(200, response.statusCode());
                    assertEquals(api.model(), json(response.body()).get("id").getAsString());
                });
        it(
                "a model that is not there is 404",
                () -> assertEquals(404, api.get("/v1/models/gpt-99").statusCode()));
        it(
                "an address that is not there is 404 with a JSON body",
                () -> {
                    HttpResponse<String> response = api.get("/v1/nothing");
                    assertEquals(404, response.statusCode());
                    json(response.body());
                });
        it(
                "GET of completions is 405",
                () -> assertEquals(405, api.get("/v1/chat/completions").statusCode()));
        it("/health is 200", () -> assertEquals(200, api.get("/health").statusCode()));
        it(
                "/metrics is Prometheus text with a help and a type for each figure",
                () -> {
                    HttpResponse<String> response = api.get("/metrics");
                    assertEquals(200, response.statusCode());
                    assertTrue(
                            response.headers()
                                    .firstValue("Content-Type")
                                    .orElse("")
                                    .startsWith("text/plain"));
                    for (String line : response.body().split("\n")) {
                        assertTrue(
                                line.matches("# (HELP|TYPE) [a-z_:0-9]+ .+")
                                        || line.matches(
                                                "[a-z_:0-9]+(\\{[a-z]+=\"[^\"]+\"})? [-+0-9.eE]+"),
                                line);
                    }
                });
        it(
                "a page of another host is refused",
                () ->
                        assertEquals(
                                403,
                                api.send(
                                                api.request("/v1/models")
                                                        .header("Origin", "https://evil.example")
                                                        .build())
                                        .statusCode()));
    }

    /** What Open WebUI sends, as it was recorded: background tasks have no picture. */
    private void openWebUi() {
        it(
                "Open WebUI finds a model with a name",
                () -> {
                    JsonObject one =
                            json(api.get("/v1/models").body())
                                    .getAsJsonArray("data")
                                    .get(0)
                                    .getAsJsonObject();
                    assertFalse(one.get("id").getAsString().isEmpty());
                });
        it(
                "Open WebUI's question about a picture streams with usage",
                () -> {
                    JsonObject body = api.asks("What is in this picture?", picture);
                    body.remove("temperature");
                    body.add("features", new JsonObject());
                    body.addProperty("chat_id", "6f1c");
                    wantsUsage(body);
                    List<JsonObject> events = api.events(body);
                    assertTrue(events.get(events.size() - 1).has("usage"));
                });
        it(
                "Open WebUI's second question sends the whole history",
                () -> {
                    JsonObject first = api.asks("What is it?", picture);
                    JsonObject said = first.getAsJsonArray("messages").get(0).getAsJsonObject();
                    String answer = content(api.answer(first));
                    api.answer(
                            api.says(
                                    said,
                                    message("assistant", answer),
                                    message("user", "What colour?")));
                });
        for (String task :
                List.of(
                        "### Task:\n"
                                + "Generate a concise, 3-5 word title with an emoji summarizing the"
                                + " chat history.\n"
                                + "### Output:\n"
                                + "JSON format: { \"title\": \"your concise title here\" }\n"
                                + "### Chat History:\n"
                                + "<chat_history>\n"
                                + "USER: What is it?\n"
                                + "ASSISTANT: a ball\n"
                                + "</chat_history>",
                        "### Task:\n"
                                + "Generate 1-3 broad tags categorizing the main themes of the chat"
                                + " history.\n"
                                + "### Output:\n"
                                + "JSON format: { \"tags\": [\"tag1\"] }",
                        "### Task:\nSuggest 3-5 relevant follow-up questions.\n### Output:\nJSON"
                                + " format: { \"follow_ups\": [\"Question 1?\"] }")) {
            it(
                    "Open WebUI's task without a picture is answered: "
                            + task.substring(10, 40).strip(),
                    () -> {
                        JsonObject body = api.says(message("user", task));
                        body.addProperty("stream", false);
                        JsonObject metadata = new JsonObject();
                        metadata.addProperty("task", "title_generation");
                        body.add("metadata", metadata);
                        api.answer(body);
                    });
        }
    }

    private JsonObject chat(boolean stream, String... images) {
        JsonObject message = message("user", "what is it?");
        JsonArray list = new JsonArray();
        for (String image : images) {
            list.add(image.substring(image.indexOf(',') + 1));
        }
        message.add("images", list);
        JsonObject body = api.says(message);
        JsonObject options = new JsonObject();
        options.addProperty("temperature", 0);
        options.addProperty("num_predict", 8);
        body.add("options", options);
        body.addProperty("stream", stream);
        return body;
    }

    private void ollama() {
        it(
                "Ollama's dialect tells its version",
                () ->
                        assertFalse(
                                json(api.get("/api/version").body())
                                        .get("version")
                                        .getAsString()
                                        .isEmpty()));
        it(
                "Ollama's dialect lists the models",
                () ->
                        assertEquals(
                                api.model() + ":latest",
                                json(api.get("/api/tags").body())
                                        .getAsJsonArray("models")
                                        .get(0)
                                        .getAsJsonObject()
                                        .get("name")
                                        .getAsString()));
        it(
                "Ollama's dialect shows that a model sees",
                () ->
                        assertTrue(
                                api.post("/api/show", "{\"model\": \"%s\"}".formatted(api.model()))
                                        .body()
                                        .contains("\"vision\"")));
        it(
                "Ollama's dialect answers about a bare base64 picture as OpenAI's does",
                () -> {
                    JsonObject answer =
                            json(api.post("/api/chat", chat(false, picture).toString()).body());
                    assertTrue(answer.get("done").getAsBoolean());
                    assertEquals(
                            content(api.answer(api.asks("what is it?", picture))),
                            answer.getAsJsonObject("message").get("content").getAsString());
                    assertTrue(answer.get("eval_count").getAsInt() > 0);
                    assertTrue(answer.get("prompt_eval_count").getAsInt() > 0);
                });
        it(
                "Ollama's dialect streams a JSON object a line, done in the last alone",
                () -> {
                    HttpResponse<String> response =
                            api.post("/api/chat", chat(true, picture).toString());
                    assertEquals(
                            "application/x-ndjson",
                            response.headers().firstValue("Content-Type").orElse(""));
                    List<JsonObject> lines = response.body().lines().map(ApiClient::json).toList();
                    StringBuilder text = new StringBuilder();
                    for (int i = 0; i < lines.size(); i++) {
                        JsonObject line = lines.get(i);
                        assertEquals(i == lines.size() - 1, line.get("done").getAsBoolean());
                        text.append(line.getAsJsonObject("message").get("content").getAsString());
                    }
                    assertEquals(
                            content(api.answer(api.asks("what is it?", picture))), text.toString());
                });
        it(
                "Ollama's dialect streams unless told otherwise, and knows :latest",
                () -> {
                    JsonObject body = chat(true);
                    body.remove("stream");
                    body.addProperty("model", api.model() + ":latest");
                    assertTrue(api.post("/api/chat", body.toString()).body().lines().count() > 1);
                });
        it(
                "Ollama's dialect loads a model that is asked nothing",
                () -> {
                    JsonObject body = api.says();
                    body.addProperty("stream", false);
                    assertEquals(
                            "load",
                            json(api.post("/api/chat", body.toString()).body())
                                    .get("done_reason")
                                    .getAsString());
                });
        it(
                "Ollama's dialect has its own kind of error",
                () -> {
                    JsonObject body = chat(false, "data:,%%%");
                    HttpResponse<String> response = api.post("/api/chat", body.toString());
                    assertEquals(400, response.statusCode());
                    assertTrue(json(response.body()).get("error").getAsJsonPrimitive().isString());
                    body.addProperty("model", "llava");
                    body.add("messages", new JsonArray());
                    assertEquals(404, api.post("/api/chat", body.toString()).statusCode());
                });
    }
}
