package org.minigpt4j.chat.server;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;
import org.minigpt4j.BuildInfo;
import org.minigpt4j.FailedException;
import org.minigpt4j.chat.Answer;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.Ticket;
import org.minigpt4j.io.Sha256;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Answers in the format of Ollama: whole, or as one JSON object per line. */
final class Ollama {

    private final ModelDesk desk;
    private final ChatModels models;
    private final Instant since = Instant.now();

    Ollama(ModelDesk desk, ChatModels models) {
        this.desk = desk;
        this.models = models;
    }

    /** An error in the format that Ollama's clients expect. */
    static JsonObject error(ApiException reason) {
        JsonObject body = new JsonObject();
        body.addProperty("error", reason.getMessage());
        return body;
    }

    /** The version that clients check first. */
    static JsonObject version() {
        JsonObject body = new JsonObject();
        body.addProperty("version", BuildInfo.version());
        return body;
    }

    /** The models, as {@code /api/tags} lists them. */
    JsonObject tags() {
        JsonArray list = new JsonArray();
        for (ChatModels.Entry entry : models.entries()) {
            JsonObject model = new JsonObject();
            model.addProperty("name", entry.name() + ":latest");
            model.addProperty("model", entry.name() + ":latest");
            model.addProperty("modified_at", since.toString());
            model.addProperty("size", 0);
            model.addProperty(
                    "digest",
                    new Sha256()
                            .update(ByteBuffer.wrap(entry.name().getBytes(StandardCharsets.UTF_8)))
                            .hex());
            model.add("details", details());
            list.add(model);
        }
        JsonObject body = new JsonObject();
        body.add("models", list);
        return body;
    }

    /** The reply of {@code /api/show}, which says that a model accepts pictures. */
    static JsonObject show() {
        JsonArray capabilities = new JsonArray();
        capabilities.add("completion");
        capabilities.add("vision");
        JsonObject body = new JsonObject();
        body.addProperty("template", "");
        body.addProperty("parameters", "");
        body.add("details", details());
        body.add("model_info", new JsonObject());
        body.add("capabilities", capabilities);
        return body;
    }

    private static JsonObject details() {
        JsonObject details = new JsonObject();
        details.addProperty("format", "safetensors");
        details.addProperty("family", "minigpt4");
        details.addProperty("parameter_size", "");
        details.addProperty("quantization_level", "");
        return details;
    }

    /** The complete answer as one object. */
    JsonObject whole(ChatModels.Entry model, ChatRequest request, ClientWatch client)
            throws ApiException, InterruptedException {
        Clock clock = new Clock();
        if (request.turns().isEmpty()) {
            return last(model, "", "load", null, clock);
        }
        Ticket ticket = desk.ask(model.model(), request, client.asker(request.user())).get(0);
        try {
            Answer answer = Completions.answer(ticket, client, progress -> clock.begun());
            String text = request.stops().cut(answer.text());
            return last(model, text, Completions.finish(answer), answer, clock);
        } finally {
            ticket.cancel();
        }
    }

    /** Sends the answer line by line; an error after the first line becomes a separate line. */
    void stream(ChatModels.Entry model, ChatRequest request, Response response, ClientWatch client)
            throws ApiException, InterruptedException {
        Clock clock = new Clock();
        Lines lines = new Lines(model, response);
        if (request.turns().isEmpty()) {
            lines.line(last(model, "", "load", null, clock));
            return;
        }
        Ticket ticket = desk.ask(model.model(), request, client.asker(request.user())).get(0);
        try {
            Answer answer =
                    Completions.answer(
                            ticket,
                            client,
                            progress -> {
                                clock.begun();
                                lines.grown(request.stops().certain(progress.text()));
                            });
            lines.grown(request.stops().cut(answer.text()));
            lines.line(last(model, "", Completions.finish(answer), answer, clock));
        } catch (FailedException e) {
            if (lines.told == 0) {
                throw e;
            }
            lines.line(error(ApiException.failed(500, e.getMessage())));
        } finally {
            ticket.cancel();
        }
    }

    /** The times of the request and of the first token. */
    private static final class Clock {

        private final long begin = System.nanoTime();
        private long first;

        void begun() {
            first = first == 0 ? System.nanoTime() : first;
        }
    }

    private static final class Lines {

        private final ChatModels.Entry model;
        private final Response response;
        private final OutputStream out;
        private int told;

        Lines(ChatModels.Entry model, Response response) {
            this.model = model;
            this.response = response;
            out = Content.Sink.asOutputStream(response);
        }

        void grown(String text) {
            if (text.length() > told) {
                JsonObject part = head(model, text.substring(told));
                part.addProperty("done", false);
                line(part);
                told = text.length();
            }
        }

        void line(JsonObject object) {
            if (!response.isCommitted()) {
                response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/x-ndjson");
            }
            try {
                out.write(
                        (Completions.GSON.toJson(object) + "\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
            } catch (IOException e) {
                throw new Completions.GoneException(e);
            }
        }
    }

    private static JsonObject head(ChatModels.Entry model, String text) {
        JsonObject message = new JsonObject();
        message.addProperty("role", "assistant");
        message.addProperty("content", text);
        JsonObject head = new JsonObject();
        head.addProperty("model", model.name());
        head.addProperty("created_at", Instant.now().toString());
        head.add("message", message);
        return head;
    }

    private static JsonObject last(
            ChatModels.Entry model, String text, String reason, Answer answer, Clock clock) {
        JsonObject last = head(model, text);
        last.addProperty("done", true);
        last.addProperty("done_reason", reason);
        if (answer != null) {
            long whole = System.nanoTime() - clock.begin;
            long writing = clock.first == 0 ? 0 : System.nanoTime() - clock.first;
            last.addProperty("total_duration", whole);
            last.addProperty("load_duration", 0);
            last.addProperty("prompt_eval_count", answer.promptTokens());
            last.addProperty("prompt_eval_duration", whole - writing);
            last.addProperty("eval_count", answer.newTokens());
            last.addProperty("eval_duration", writing);
        }
        return last;
    }
}
