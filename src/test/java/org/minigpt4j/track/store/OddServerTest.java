package org.minigpt4j.track.store;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.track.SpoolSenderTest;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** Servers that answer, but not as MLflow does. */
class OddServerTest {

    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String ID = "0123456789abcdef0123456789abcdef";

    @TempDir private Path temp;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;
    private RestStore store;
    private int status = 200;
    private Function<String, String> answer = path -> "{}";

    @BeforeEach
    void begin() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext(
                "/",
                exchange -> {
                    try (exchange) {
                        byte[] body =
                                answer.apply(exchange.getRequestURI().getPath())
                                        .getBytes(StandardCharsets.UTF_8);
                        exchange.getRequestBody().readAllBytes();
                        exchange.sendResponseHeaders(status, body.length);
                        exchange.getResponseBody().write(body);
                    }
                });
        server.start();
        String uri = "http://127.0.0.1:" + server.getAddress().getPort();
        store = new RestStore(uri, SpoolSenderTest.TOKEN, DEADLINE);
    }

    @AfterEach
    void end() {
        store.close();
        server.stop(0);
        threads.shutdownNow();
    }

    private interface Request {
        void to(RestStore store) throws Exception;
    }

    private void assertOdd(Request request) {
        UnavailableException odd =
                assertThrows(UnavailableException.class, () -> request.to(store));
        String said = odd.getMessage();
        assertTrue(said.contains("does not answer as MLflow does"), said);
        assertTrue(said.length() < 1500, () -> said.length() + " characters");
        assertFalse(said.contains("\u001b"), said);
    }

    @Test
    void aServerThatAnswersNothingToEverythingIsNone() throws Exception {
        Path source = Files.writeString(temp.resolve("config.json"), "{}");
        NewRun run = new NewRun("task", "a run", "key", 1000, "me", Map.of());
        List<Request> requests =
                List.of(
                        s -> s.findRun("task", "key"),
                        s -> s.createRun(run),
                        s -> s.latest(ID),
                        s -> s.isExperimentDeleted("task"),
                        s -> s.isRunDeleted(ID),
                        s -> s.putArtifact(ID, "config.json", source),
                        s -> s.registerModel("model", ID, "model", Map.of()));
        requests.forEach(this::assertOdd);
        answer =
                path ->
                        path.endsWith("get-by-name")
                                ? "{\"experiment\": {\"experiment_id\": 1}}"
                                : "{}";
        assertOdd(s -> s.createRun(run));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "7",
                "\"\"",
                "{",
                "<html>\u001b[31m",
                "{\"run\": null}",
                "{\"run\": []}",
                "{\"run\": {\"info\": {}}}",
                "{\"run\": {\"info\": {\"run_id\": \"\"}}}",
                "{\"run\": {\"info\": {\"run_id\": \"../../x\"}}}",
                "{\"run\": {\"info\": {\"run_id\": \"" + ID + "\", \"start_time\": 1e99}}}",
                "{\"run\": {\"info\": {\"run_id\": {}}}}",
                "{\"run\": {\"info\": {\"run_id\": \"" + ID + "\", \"artifact_uri\": \"\"}}}"
            })
    void aRunThatIsNoneIsTold(String body) throws Exception {
        Path source = Files.writeString(temp.resolve("config.json"), "{}");
        answer = path -> body;
        assertOdd(s -> s.putArtifact(ID, "config.json", source));
    }

    @Test
    void whatIsNestedDeeplyOrVeryLongIsTold() {
        answer = path -> "[".repeat(1_000_000);
        assertOdd(s -> s.latest(ID));
        answer = path -> "{\"run\":".repeat(200_000);
        assertOdd(s -> s.latest(ID));
        answer = path -> "\u001b[2Jx".repeat(300_000);
        assertOdd(s -> s.latest(ID));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"error_code\": null}",
                "{\"error_code\": {}, \"message\": []}",
                "[1]",
                "",
                "null",
                "{\"error_code\": 7, \"message\": null}",
                "{\"message\": true}"
            })
    void errorsOfOddShapesAreTold(String body) {
        answer = path -> body;
        for (int code : new int[] {400, 404, 409, 500, 503}) {
            status = code;
            UnavailableException why =
                    assertThrows(UnavailableException.class, () -> store.latest(ID));
            assertTrue(why.getMessage().contains("" + code), why.getMessage());
        }
    }

    @Test
    void anErrorOfMegabytesAndEscapesIsCutAndCleaned() {
        status = 400;
        String said = "\\u001b[31m" + "x".repeat(3_000_000);
        answer = path -> "{\"error_code\": \"BAD\", \"message\": \"" + said + "\"}";
        RefusedException why = assertThrows(RefusedException.class, () -> store.latest(ID));
        assertTrue(why.getMessage().length() < 1000, () -> "" + why.getMessage().length());
        assertFalse(why.getMessage().contains("\u001b"));
    }

    @Test
    void pagesWithoutAnEndAreGivenUp() {
        int[] page = {0};
        answer = path -> "{\"next_page_token\": \"again\"}";
        assertOdd(RestStore::runs);
        answer = path -> "{\"next_page_token\": \"" + page[0]++ + "\"}";
        assertOdd(RestStore::runs);
        assertOdd(s -> s.history(ID, "loss"));
    }

    @Test
    void anAnswerWithoutAnEndIsGivenUp() throws IOException {
        server.removeContext("/");
        server.createContext(
                "/",
                exchange -> {
                    try (exchange) {
                        exchange.sendResponseHeaders(200, 0);
                        OutputStream body = exchange.getResponseBody();
                        byte[] part = new byte[1 << 16];
                        while (true) {
                            body.write(part);
                        }
                    }
                });
        assertOdd(s -> s.latest(ID));
    }

    @Test
    void aRunThatWasNotAskedForIsNotTaken() {
        answer =
                path ->
                        path.endsWith("search")
                                ? "{\"runs\": [{\"info\": {\"run_id\": \"" + ID + "\"}}]}"
                                : "{\"experiment\": {\"experiment_id\": \"1\"}}";
        assertOdd(s -> s.findRun("task", "key"));
    }
}
