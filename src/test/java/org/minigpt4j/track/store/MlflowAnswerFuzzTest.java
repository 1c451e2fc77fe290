package org.minigpt4j.track.store;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;
import org.minigpt4j.track.SpoolSenderTest;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Whatever a server answers: read, or told in words; and no file is written on its word. */
class MlflowAnswerFuzzTest extends FuzzedReader {

    private static final String ID = "0123456789abcdef0123456789abcdef";

    private HttpServer server;
    private volatile byte[] answer = new byte[0];
    private volatile int status = 200;

    MlflowAnswerFuzzTest() {
        super("mlflow");
    }

    @BeforeEach
    void serve() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    try (exchange) {
                        exchange.getRequestBody().readAllBytes();
                        byte[] now = answer;
                        exchange.sendResponseHeaders(status, now.length == 0 ? -1 : now.length);
                        exchange.getResponseBody().write(now);
                    }
                });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private interface Request {
        Object of(RestStore store) throws Exception;
    }

    @Override
    protected FuzzTarget target() throws Exception {
        RestStore store =
                new RestStore(
                        "http://127.0.0.1:" + server.getAddress().getPort(),
                        SpoolSenderTest.TOKEN,
                        Duration.ofSeconds(20));
        Path source = Files.writeString(folder.resolve("source"), "content");
        List<Request> requests =
                List.of(
                        s -> s.findRun("task", "key"),
                        s -> s.createRun(new NewRun("task", "r", "key", 1, "me", Map.of())),
                        s -> s.isRunDeleted(ID),
                        s -> s.latest(ID),
                        s -> s.modelVersion("model", ID),
                        RestStore::runs,
                        s -> s.history(ID, "loss"));
        return bytes -> {
            answer = bytes;
            for (int code : new int[] {200, 400}) {
                status = code;
                for (Request request : requests) {
                    try {
                        request.of(store);
                    } catch (UnavailableException | RefusedException told) {
                        assertTrue(told.getMessage().length() < 3_000, "a message too long");
                    }
                }
            }
            putArtifact(store, source);
        };
    }

    private void putArtifact(RestStore store, Path source) throws Exception {
        status = 200;
        try {
            store.putArtifact(ID, "sub/config.json", source);
        } catch (UnavailableException | RefusedException told) {
            assertTrue(told.getMessage().length() < 3_000, "a message too long");
        }
        store.close(); // forgets where the artifacts lie
        try (Stream<Path> here = Files.walk(folder)) {
            for (Path file : here.filter(Files::isRegularFile).toList()) {
                boolean right = file.equals(source) || file.toString().contains(ID + "/artifacts/");
                assertTrue(right, () -> file + " was written");
            }
        }
    }

    @Override
    protected List<byte[]> seeds() {
        String info =
                "{\"info\": {\"run_id\": \"%s\", \"experiment_id\": \"1\", \"run_name\": \"r\","
                        + " \"status\": \"RUNNING\", \"start_time\": 5, \"end_time\": 6,"
                        + " \"lifecycle_stage\": \"active\", \"artifact_uri\": \"%s\"},"
                        + " \"data\": {\"metrics\": [{\"key\": \"loss\", \"value\": 1.5,"
                        + " \"step\": 3, \"timestamp\": 4}], \"tags\": [{\"key\":"
                        + " \"minigpt4j.run_key\", \"value\": \"key\"}]}}";
        String run = info.formatted(ID, folder + "/" + ID + "/artifacts");
        return Stream.of(
                        "{\"run\": " + run + "}",
                        "{\"runs\": [" + run + "], \"next_page_token\": \"\"}",
                        "{\"experiment\": {\"experiment_id\": \"1\", \"name\": \"task\","
                                + " \"lifecycle_stage\": \"active\"}, \"experiment_id\": \"1\","
                                + " \"run\": "
                                + run
                                + "}",
                        "{\"metrics\": [{\"key\": \"loss\", \"value\": \"NaN\", \"step\": 1}],"
                                + " \"next_page_token\": \"a\"}",
                        "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\", \"message\": \"no\"}",
                        "{}")
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    @Override
    protected List<String> dictionary() {
        return List.of(
                "null",
                "[]",
                "{}",
                "\"\"",
                "-1",
                "1e999",
                "../",
                "..",
                "/",
                "file:",
                "true",
                "\"run_id\"",
                "\"artifact_uri\"",
                "\"next_page_token\"",
                "mlflow-artifacts:",
                "%2e",
                "\\u0000",
                "\\ud800",
                "s3://",
                "NaN");
    }
}
