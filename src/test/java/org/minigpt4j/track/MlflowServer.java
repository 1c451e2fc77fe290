package org.minigpt4j.track;

import static org.junit.jupiter.api.Assertions.fail;

import org.minigpt4j.TestProcess;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** MLflow's own server, the command {@code mlflow} of the search path, in a folder of its own. */
public final class MlflowServer implements AutoCloseable {

    private static final Duration START = Duration.ofMinutes(2);

    private final Path folder;
    private final String store;
    private final int port;
    private Process process;

    /** Starts it on a store, with artifacts that go through it. */
    public MlflowServer(Path folder, String store) throws Exception {
        this.folder = Files.createDirectories(folder);
        this.store = store;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        start();
    }

    /** What it calls itself; empty if there is no such command here. */
    public static String version() throws InterruptedException {
        try {
            Process asked =
                    TestProcess.start(
                            new ProcessBuilder("mlflow", "--version").redirectErrorStream(true));
            String said = new String(asked.getInputStream().readAllBytes()).strip();
            return asked.waitFor() == 0 ? said : "";
        } catch (IOException e) {
            return "";
        }
    }

    public void start() throws Exception {
        process =
                TestProcess.server(
                        new ProcessBuilder(
                                        "mlflow",
                                        "server",
                                        "--host",
                                        "127.0.0.1",
                                        "--port",
                                        "" + port,
                                        "--workers",
                                        "1",
                                        "--backend-store-uri",
                                        store,
                                        "--artifacts-destination",
                                        folder.resolve("artifacts").toString())
                                .directory(folder.toFile())
                                .redirectErrorStream(true)
                                .redirectOutput(
                                        ProcessBuilder.Redirect.appendTo(
                                                folder.resolve("log").toFile())));
        long end = System.nanoTime() + START.toNanos();
        while (!answers()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                kill();
                fail("mlflow did not start:\n" + Files.readString(folder.resolve("log")));
            }
            process.waitFor(100, TimeUnit.MILLISECONDS);
        }
    }

    private boolean answers() throws InterruptedException {
        try {
            return get("/health").statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /** Ends it and its workers at once. */
    public void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }

    public String uri() {
        return "http://127.0.0.1:" + port;
    }

    public HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create(uri() + path))
                                .timeout(Duration.ofSeconds(60))
                                .build(),
                        BodyHandlers.ofByteArray());
    }

    @Override
    public void close() {
        kill();
    }
}
