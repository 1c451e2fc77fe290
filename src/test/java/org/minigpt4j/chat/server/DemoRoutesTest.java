package org.minigpt4j.chat.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.NanoChat;
import org.minigpt4j.chat.page.DemoPage;

import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The page's addresses over HTTP, with what a hostile client makes of them. */
@Timeout(120)
class DemoRoutesTest {

    private static final byte[] PICTURE = {1, 2, 3};
    private static final List<String> LOG = new ArrayList<>();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir static Path temp;
    private static ChatModels models;
    private static ChatServer server;
    private static ChatServer guarded;

    @BeforeAll
    static void open() {
        models =
                ChatModels.open(
                        NanoChat.config(temp),
                        "after",
                        List.of(new ChatModels.Choice("before", Optional.empty())),
                        (key, bytes) -> {});
        server = serve(Optional.empty());
        guarded = serve(Optional.of("secret"));
    }

    private static ChatServer serve(Optional<String> token) {
        var page =
                new DemoPage(
                        List.of(
                                new DemoPage.Example(
                                        "one", "image/png", PICTURE, List.of("what?"))));
        var settings =
                new ServerSettings("127.0.0.1", 0, token, Set.of(), ServerSettings.Limits.DEFAULT);
        return new ChatServer(models, settings, Optional.of(page), LOG::add);
    }

    @AfterAll
    static void close() {
        server.close();
        guarded.close();
        models.close();
        assertEquals(List.of(), LOG);
    }

    private static HttpResponse<byte[]> get(ChatServer asked, String path, String... headers)
            throws Exception {
        var request = HttpRequest.newBuilder(URI.create(asked.address() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static JsonObject json(HttpResponse<byte[]> response) {
        return JsonParser.parseString(new String(response.body(), StandardCharsets.UTF_8))
                .getAsJsonObject();
    }

    @Test
    void everyAnswerHasThePolicy() throws Exception {
        for (String path :
                List.of(
                        "/",
                        "/demo/demo.js",
                        "/demo/settings.json",
                        "/demo/examples/0",
                        "/demo/no")) {
            HttpResponse<byte[]> response = get(server, path);
            for (var header : DemoPage.HEADERS.entrySet()) {
                assertEquals(
                        List.of(header.getValue()),
                        response.headers().allValues(header.getKey()),
                        path);
            }
            assertEquals(
                    List.of("nosniff"),
                    response.headers().allValues("X-Content-Type-Options"),
                    path);
            assertTrue(response.headers().firstValue("Server").isEmpty());
        }
    }

    @Test
    void aPageThatIsKnownIsNotSentAgain() throws Exception {
        HttpResponse<byte[]> once = get(server, "/demo/demo.css");
        assertEquals(200, once.statusCode());
        String tag = once.headers().firstValue("ETag").orElseThrow();
        HttpResponse<byte[]> again = get(server, "/demo/demo.css", "If-None-Match", tag);
        assertEquals(304, again.statusCode());
        assertEquals(0, again.body().length);
        assertEquals(200, get(server, "/demo/demo.css", "If-None-Match", "\"other\"").statusCode());
    }

    @Test
    void thePageIsToldWhatItCanSet() throws Exception {
        JsonObject told = json(get(server, "/demo/settings.json"));
        JsonArray list = told.getAsJsonArray("models");
        assertEquals("before", list.get(0).getAsJsonObject().get("id").getAsString());
        assertEquals("after", list.get(1).getAsJsonObject().get("id").getAsString());
        assertTrue(list.get(1).getAsJsonObject().get("default").getAsBoolean());
        assertTrue(
                list.get(1)
                        .getAsJsonObject()
                        .get("origin")
                        .getAsString()
                        .endsWith("projection.pth"));
        JsonObject temperature = told.getAsJsonObject("settings").getAsJsonObject("temperature");
        assertEquals(0.1, temperature.get("min").getAsDouble());
        assertEquals(2, temperature.get("max").getAsDouble());
        assertEquals("cpu", told.get("device").getAsString());
        assertEquals("fp32", told.get("precision").getAsString());
        JsonObject example = told.getAsJsonArray("examples").get(0).getAsJsonObject();
        assertEquals("one", example.get("name").getAsString());
        HttpResponse<byte[]> picture = get(server, "/demo/examples/0");
        assertArrayEquals(PICTURE, picture.body());
        assertEquals("image/png", picture.headers().firstValue("Content-Type").orElse(""));
        long memory = json(get(server, "/demo/stats.json")).get("memory_bytes").getAsLong();
        assertTrue(memory == 0 || memory > 10_000_000, memory + " bytes");
    }

    @Test
    void noAddressBecomesAPath() throws Exception {
        for (String path :
                List.of(
                        "/demo/../../etc/passwd",
                        "/demo/%2e%2e/%2e%2e/etc/passwd",
                        "/demo/..%2f..%2fetc%2fpasswd",
                        "/demo/examples/1",
                        "/demo/examples/-1",
                        "/demo/examples/99999999999999999999",
                        "/demo/examples/0/../../etc/passwd",
                        "/<script>alert(1)</script>",
                        "/demo/%c0%ae%c0%ae/",
                        "/demo/examples/%00",
                        "/demo/DemoPage.class",
                        "/demo/demo.js%00.css",
                        "/demo/%5c..%5cdemo.js",
                        "//etc/passwd",
                        "/demo/demo.js;x=1/../../../etc/passwd",
                        "/index.html")) {
            String answer = raw("GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n".formatted(path));
            assertTrue(
                    answer.startsWith("HTTP/1.1 404") || answer.startsWith("HTTP/1.1 400"),
                    path + ": " + answer);
            assertFalse(answer.contains("root:"), path);
            assertTrue(answer.contains("application/json"), path + ": " + answer);
            assertTrue(answer.contains("\"error\""), path + ": " + answer);
            assertFalse(answer.contains("alert"), "what was asked for is not in the answer");
        }
    }

    @Test
    void nothingOfARequestBecomesAHeader() throws Exception {
        String evil = "/demo/x%0d%0aSet-Cookie:%20a=b";
        assertFalse(
                raw("GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n".formatted(evil))
                        .contains("Set-Cookie"));
        String tag = "\"x\"\r\nX-Evil: 1";
        assertFalse(
                raw("GET /demo/demo.js HTTP/1.1\r\nHost: 127.0.0.1\r\nIf-None-Match: %s\r\n"
                                .formatted(tag))
                        .split("\r\n\r\n")[0]
                        .contains("X-Evil"));
    }

    private static String raw(String head) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
            socket.getOutputStream()
                    .write((head + "Connection: close\r\n\r\n").getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void onlyThePageItselfIsOpenWithoutTheToken() throws Exception {
        for (String path : List.of("/", "/demo/demo.js", "/demo/demo.css", "/demo/icon.svg")) {
            assertEquals(200, get(guarded, path).statusCode(), path);
        }
        for (String path :
                List.of("/demo/settings.json", "/demo/stats.json", "/demo/examples/0", "/demo/x")) {
            assertEquals(401, get(guarded, path).statusCode(), path);
        }
        assertEquals(
                200,
                get(guarded, "/demo/settings.json", "Authorization", "Bearer secret").statusCode());
        HttpRequest head =
                HttpRequest.newBuilder(URI.create(server.address() + "/"))
                        .method("HEAD", HttpRequest.BodyPublishers.noBody())
                        .build();
        assertEquals(200, CLIENT.send(head, HttpResponse.BodyHandlers.discarding()).statusCode());
        HttpRequest post =
                HttpRequest.newBuilder(URI.create(server.address() + "/demo/settings.json"))
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build();
        assertEquals(405, CLIENT.send(post, HttpResponse.BodyHandlers.discarding()).statusCode());
    }

    @Test
    void pagesOfOtherHostsAreRefusedHereToo() throws Exception {
        assertEquals(
                403,
                get(server, "/demo/examples/0", "Origin", "https://evil.example").statusCode());
        String answer = raw("GET / HTTP/1.1\r\nHost: evil.example\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 403"), answer);
    }
}
