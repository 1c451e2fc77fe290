package org.minigpt4j;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** One page in a real, headless Chromium, driven by its DevTools protocol. */
public final class Browser implements AutoCloseable {

    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
    private static final long PATIENCE_SECONDS = 60;
    private static final Map<String, Integer> KEYS =
            Map.of("Tab", 9, "Enter", 13, "Escape", 27, " ", 32);

    private final Process process;
    private final WebSocket socket;
    private final AtomicInteger lastId = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonObject>> waiting = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private volatile CompletableFuture<Void> loaded = new CompletableFuture<>();
    private final String session;

    /** A Chromium of this machine, if it has one. */
    public static Optional<Path> find() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts one with its profile in {@code folder}. */
    public static Browser start(Path chromium, Path folder) throws IOException {
        Process process =
                TestProcess.server(
                        new ProcessBuilder(
                                        chromium.toString(),
                                        "--headless=new",
                                        "--no-sandbox", // CI runs as root, which the sandbox
                                        // refuses
                                        "--disable-gpu",
                                        "--disable-dev-shm-usage",
                                        "--no-first-run",
                                        "--hide-scrollbars",
                                        "--remote-debugging-port=0",
                                        "--user-data-dir=" + folder,
                                        "about:blank")
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD));
        try {
            return new Browser(process, address(process));
        } catch (IOException | RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static URI address(Process process) throws IOException {
        BufferedReader messages =
                new BufferedReader(
                        new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
        StringBuilder said = new StringBuilder();
        for (String line; (line = messages.readLine()) != null; ) {
            said.append(line).append('\n');
            if (line.startsWith("DevTools listening on ")) {
                Thread drain = new Thread(() -> drain(messages));
                drain.setDaemon(true);
                drain.start();
                return URI.create(line.substring("DevTools listening on ".length()).strip());
            }
        }
        throw new IOException("Chromium did not start:\n" + said);
    }

    private static void drain(BufferedReader messages) {
        try {
            messages.lines().forEach(rest -> {});
        } catch (UncheckedIOException e) {
            // closed together with the browser
        }
    }

    private Browser(Process process, URI address) {
        this.process = process;
        this.socket =
                HttpClient.newHttpClient()
                        .newWebSocketBuilder()
                        .buildAsync(address, new Listener())
                        .join();
        JsonObject target = new JsonObject();
        target.addProperty("url", "about:blank");
        String id = call(null, "Target.createTarget", target).get("targetId").getAsString();
        JsonObject attach = new JsonObject();
        attach.addProperty("targetId", id);
        attach.addProperty("flatten", true);
        this.session = call(null, "Target.attachToTarget", attach).get("sessionId").getAsString();
        for (String domain : List.of("Page", "Network", "Log", "Runtime")) {
            call(domain + ".enable", new JsonObject());
        }
    }

    /** Opens a page and waits until all of it is there. */
    public void open(URI page) {
        requests.clear();
        complaints.clear();
        loaded = new CompletableFuture<>();
        JsonObject params = new JsonObject();
        params.addProperty("url", page.toString());
        JsonObject result = call("Page.navigate", params);
        if (result.has("errorText")) {
            throw new AssertionError(page + ": " + result.get("errorText").getAsString());
        }
        await(loaded);
    }

    /** A window of that many CSS pixels on a screen in light or dark mode. */
    public void window(int width, int height, boolean dark) {
        JsonObject size = new JsonObject();
        size.addProperty("width", width);
        size.addProperty("height", height);
        size.addProperty("deviceScaleFactor", 1);
        size.addProperty("mobile", false);
        call("Emulation.setDeviceMetricsOverride", size);
        JsonObject scheme = new JsonObject();
        scheme.addProperty("name", "prefers-color-scheme");
        scheme.addProperty("value", dark ? "dark" : "light");
        JsonArray features = new JsonArray();
        features.add(scheme);
        JsonObject media = new JsonObject();
        media.add("features", features);
        call("Emulation.setEmulatedMedia", media);
    }

    /** The value of a JavaScript expression in the page, as JSON. */
    public JsonElement evaluate(String expression) {
        JsonObject params = new JsonObject();
        params.addProperty("expression", expression);
        params.addProperty("returnByValue", true);
        params.addProperty("awaitPromise", true);
        JsonObject result = call("Runtime.evaluate", params);
        if (result.has("exceptionDetails")) {
            throw new AssertionError(expression + ": " + result.get("exceptionDetails"));
        }
        return result.getAsJsonObject("result").get("value");
    }

    /** Presses keys into what has the focus. */
    public void type(String text) {
        JsonObject params = new JsonObject();
        params.addProperty("text", text);
        call("Input.insertText", params);
    }

    /** Presses one key, such as {@code Tab}, {@code Enter} or {@code Escape}. */
    public void press(String key) {
        for (String type : List.of("keyDown", "keyUp")) {
            JsonObject params = new JsonObject();
            params.addProperty("type", type);
            params.addProperty("key", key);
            params.addProperty("code", key);
            params.addProperty("windowsVirtualKeyCode", KEYS.get(key));
            if (key.equals("Enter") && type.equals("keyDown")) {
                params.addProperty("text", "\r");
            }
            call("Input.dispatchKeyEvent", params);
        }
    }

    /** Chooses a file in the field that a selector names, as its dialog would. */
    public void choose(String selector, Path file) {
        JsonObject find = new JsonObject();
        find.addProperty("expression", "document.querySelector('%s')".formatted(selector));
        JsonObject found = call("Runtime.evaluate", find).getAsJsonObject("result");
        JsonArray files = new JsonArray();
        files.add(file.toString());
        JsonObject params = new JsonObject();
        params.add("files", files);
        params.addProperty("objectId", found.get("objectId").getAsString());
        call("DOM.setFileInputFiles", params);
    }

    /** Waits until a JavaScript expression is true; looks at it whenever the page draws. */
    public void await(String expression) {
        boolean came =
                evaluate(
                                """
                                new Promise((resolve) => {
                                  const end = performance.now() + %d000;
                                  (function look() {
                                    if (%s) resolve(true);
                                    else if (performance.now() > end) resolve(false);
                                    else setTimeout(look, 5);
                                  })();
                                })\
                                """
                                        .formatted(PATIENCE_SECONDS / 2, expression))
                        .getAsBoolean();
        if (!came) {
            throw new AssertionError(
                    "never true: %s\n%s\n%s"
                            .formatted(
                                    expression,
                                    complaints,
                                    evaluate("document.body.innerText").getAsString()));
        }
    }

    /** The whole page as PNG, also what is below the window. */
    public byte[] screenshot() {
        return screenshot(true);
    }

    /** What is in the window as PNG. */
    public byte[] windowScreenshot() {
        return screenshot(false);
    }

    private byte[] screenshot(boolean all) {
        JsonObject params = new JsonObject();
        params.addProperty("format", "png");
        params.addProperty("captureBeyondViewport", all);
        String data = call("Page.captureScreenshot", params).get("data").getAsString();
        return Base64.getDecoder().decode(data);
    }

    /** Every address asked for since the page was opened, its own first. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /** Errors of scripts and of the page's policy since it was opened. */
    public List<String> complaints() {
        return List.copyOf(complaints);
    }

    private JsonObject call(String method, JsonObject params) {
        return call(session, method, params);
    }

    private JsonObject call(String to, String method, JsonObject params) {
        int id = lastId.incrementAndGet();
        JsonObject message = new JsonObject();
        message.addProperty("id", id);
        message.addProperty("method", method);
        message.add("params", params);
        if (to != null) {
            message.addProperty("sessionId", to);
        }
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        await(socket.sendText(message.toString(), true));
        JsonObject result = await(answer);
        if (result.has("error")) {
            throw new AssertionError(method + ": " + result.get("error"));
        }
        return result.getAsJsonObject("result");
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("the browser did not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private void receive(JsonObject message) {
        if (message.has("id")) {
            CompletableFuture<JsonObject> answer = waiting.remove(message.get("id").getAsInt());
            if (answer != null) {
                answer.complete(message);
            }
            return;
        }
        JsonObject params = message.getAsJsonObject("params");
        switch (message.get("method").getAsString()) {
            case "Page.loadEventFired" -> loaded.complete(null);
            case "Network.requestWillBeSent" ->
                    requests.add(params.getAsJsonObject("request").get("url").getAsString());
            case "Log.entryAdded", "Runtime.exceptionThrown", "Page.javascriptDialogOpening" ->
                    complaints.add(params.toString());
            default -> {}
        }
    }

    private final class Listener implements WebSocket.Listener {

        private final StringBuilder part = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            part.append(data);
            if (last) {
                JsonObject message = JsonParser.parseString(part.toString()).getAsJsonObject();
                part.setLength(0);
                receive(message);
            }
            from.request(1);
            return null;
        }
    }

    @Override
    public void close() {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            process.getErrorStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
