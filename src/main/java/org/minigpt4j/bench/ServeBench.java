package org.minigpt4j.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.minigpt4j.FailedException;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.server.ChatServer;
import org.minigpt4j.chat.server.ServerSettings;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Times a server on this machine. Clients ask one question after another over HTTP and read the
 * streamed answers; the first round has one client, later rounds have more.
 *
 * @param clients number of concurrent clients, one round for each entry
 * @param answers number of answers that each client requests
 * @param tokens maximum number of tokens in an answer
 * @param picture the picture that every question is about; empty for none
 */
public record ServeBench(List<Integer> clients, int answers, int tokens, Optional<byte[]> picture) {

    private static final String DATA = "data: ";

    /**
     * Measurements of one client: seconds to the first token of each answer, and the total number
     * of tokens.
     */
    private record Seen(List<Double> first, long tokens) {}

    /** Runs all rounds. */
    public JsonArray run(ChatModels models) throws InterruptedException {
        var settings =
                new ServerSettings(
                        "127.0.0.1", 0, Optional.empty(), Set.of(), ServerSettings.Limits.DEFAULT);
        JsonArray rounds = new JsonArray();
        try (ChatServer server = new ChatServer(models, settings, line -> {})) {
            round(server.address(), 1, 1);
            for (int count : clients) {
                rounds.add(round(server.address(), count, answers));
            }
        }
        return rounds;
    }

    private JsonObject round(URI address, int count, int each) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            long begin = System.nanoTime();
            List<Callable<Seen>> work = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                work.add(() -> ask(address, number, each));
            }
            List<Double> first = new ArrayList<>();
            long written = 0;
            for (Future<Seen> seen : threads.invokeAll(work)) {
                first.addAll(seen.get().first());
                written += seen.get().tokens();
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            JsonObject round = new JsonObject();
            round.addProperty("clients", count);
            round.addProperty("answers", first.size());
            round.addProperty("tokens", written);
            round.addProperty("tokens_per_s", Math.round(10 * written / seconds) / 10.0);
            round.addProperty("first_token_ms", millis(Median.of(first)));
            round.addProperty("slowest_first_token_ms", millis(Collections.max(first)));
            return round;
        } catch (ExecutionException e) {
            throw new FailedException("a client failed: " + e.getCause().getMessage(), e);
        } finally {
            threads.shutdownNow();
        }
    }

    private Seen ask(URI address, int client, int each) throws IOException, InterruptedException {
        HttpClient http = HttpClient.newHttpClient();
        List<Double> first = new ArrayList<>();
        long written = 0;
        for (int i = 0; i < each; i++) {
            HttpRequest request =
                    HttpRequest.newBuilder(address.resolve("/v1/chat/completions"))
                            .POST(HttpRequest.BodyPublishers.ofString(body(client, i)))
                            .build();
            long begin = System.nanoTime();
            HttpResponse<Stream<String>> response =
                    http.send(request, HttpResponse.BodyHandlers.ofLines());
            if (response.statusCode() != 200) {
                throw new IOException(
                        "the server answered with status "
                                + Integer.toString(response.statusCode()));
            }
            boolean begun = false;
            for (String line : (Iterable<String>) response.body()::iterator) {
                if (!begun && line.startsWith(DATA)) {
                    begun = true;
                    first.add((System.nanoTime() - begin) / 1e9);
                }
                if (line.contains("\"usage\"")) {
                    written +=
                            JsonParser.parseString(line.substring(DATA.length()))
                                    .getAsJsonObject()
                                    .getAsJsonObject("usage")
                                    .get("completion_tokens")
                                    .getAsLong();
                }
            }
        }
        return new Seen(first, written);
    }

    private String body(int client, int question) {
        JsonArray parts = new JsonArray();
        picture.ifPresent(
                file -> {
                    JsonObject url = new JsonObject();
                    url.addProperty(
                            "url",
                            "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(file));
                    JsonObject part = new JsonObject();
                    part.addProperty("type", "image_url");
                    part.add("image_url", url);
                    parts.add(part);
                });
        JsonObject text = new JsonObject();
        text.addProperty("type", "text");
        text.addProperty(
                "text",
                "Question %s of client %s: describe it in detail."
                        .formatted(Integer.toString(question), Integer.toString(client)));
        parts.add(text);
        JsonObject message = new JsonObject();
        message.addProperty("role", "user");
        message.add("content", parts);
        JsonArray messages = new JsonArray();
        messages.add(message);
        JsonObject options = new JsonObject();
        options.addProperty("include_usage", true);
        JsonObject body = new JsonObject();
        body.add("messages", messages);
        body.addProperty("stream", true);
        body.add("stream_options", options);
        body.addProperty("max_tokens", tokens);
        body.addProperty("seed", client);
        return body.toString();
    }

    private static double millis(double seconds) {
        return Math.round(seconds * 1e4) / 10.0;
    }
}
