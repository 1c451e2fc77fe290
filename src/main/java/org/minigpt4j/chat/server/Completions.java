package org.minigpt4j.chat.server;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;
import org.minigpt4j.FailedException;
import org.minigpt4j.chat.Answer;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.Ticket;
import org.minigpt4j.generate.Likelihood;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/** Answers to {@code POST /v1/chat/completions}, whole or as server-sent events. */
final class Completions {

    static final Gson GSON = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    /** How often to check whether a waiting client is still connected. */
    private static final Duration PATIENCE = Duration.ofMillis(200);

    private final ModelDesk desk;

    Completions(ModelDesk desk) {
        this.desk = desk;
    }

    /** The client of an answer has disconnected. */
    static final class GoneException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        GoneException(IOException cause) {
            super(cause);
        }
    }

    /** The complete answer as one object. */
    JsonObject whole(ChatModels.Entry model, ChatRequest request, ClientWatch client)
            throws ApiException, InterruptedException {
        JsonArray choices = new JsonArray();
        int prompt = 0;
        int completion = 0;
        List<Ticket> tickets = desk.ask(model.model(), request, client.asker(request.user()));
        try {
            for (int i = 0; i < tickets.size(); i++) {
                Answer answer = answer(tickets.get(i), client, progress -> {});
                prompt = answer.promptTokens();
                completion += answer.newTokens();
                JsonObject message = new JsonObject();
                message.addProperty("role", "assistant");
                message.addProperty("content", request.stops().cut(answer.text()));
                JsonObject choice = new JsonObject();
                choice.addProperty("index", i);
                choice.add("message", message);
                choice.add(
                        "logprobs",
                        request.alternatives() < 0
                                ? JsonNull.INSTANCE
                                : new TokenLikelihoods(model.model())
                                        .upTo(
                                                message.get("content").getAsString(),
                                                tickets.get(i).likelihoods()));
                choice.addProperty("finish_reason", finish(answer));
                choices.add(choice);
            }
        } finally {
            tickets.forEach(Ticket::cancel);
        }
        JsonObject body = head(model, newId(), "chat.completion");
        body.add("choices", choices);
        body.add("usage", usage(prompt, completion));
        return body;
    }

    /** Waits for an answer; after each token, checks that the client is still connected. */
    static Answer answer(Ticket ticket, ClientWatch client, Consumer<Ticket.Progress> growing)
            throws InterruptedException {
        Ticket.Progress progress = ticket.await(0, PATIENCE);
        while (progress.answer().isEmpty()) {
            if (client.isGone()) {
                throw new GoneException(new EOFException("the client has disconnected"));
            }
            if (progress.step() > 0) {
                growing.accept(progress);
            }
            progress = ticket.await(progress.step(), PATIENCE);
        }
        return progress.answer().get();
    }

    /**
     * The answer as events, up to {@code data: [DONE]}. An error before the first event is thrown;
     * later ones are separate events. If the client disconnects, generation stops.
     */
    void stream(ChatModels.Entry model, ChatRequest request, Response response, ClientWatch client)
            throws ApiException, InterruptedException {
        Stream stream = new Stream(model, response, newId());
        int prompt = 0;
        int completion = 0;
        List<Ticket> tickets = desk.ask(model.model(), request, client.asker(request.user()));
        try {
            for (int i = 0; i < tickets.size(); i++) {
                Ticket ticket = tickets.get(i);
                stream.choice(
                        i, request.alternatives() < 0 ? null : new TokenLikelihoods(model.model()));
                Answer answer =
                        answer(
                                ticket,
                                client,
                                progress ->
                                        stream.grown(
                                                request.stops().certain(progress.text()),
                                                progress.likelihoods()));
                stream.grown(request.stops().cut(answer.text()), ticket.likelihoods());
                stream.finish(finish(answer));
                prompt = answer.promptTokens();
                completion += answer.newTokens();
            }
            stream.end(request.streamUsage() ? usage(prompt, completion) : null);
        } catch (FailedException e) {
            if (!stream.begun) {
                throw e;
            }
            stream.event(GSON.toJson(ApiException.failed(500, e.getMessage()).body()));
        } finally {
            tickets.forEach(Ticket::cancel);
        }
    }

    /** The events of one response. */
    private static final class Stream {

        private final ChatModels.Entry model;
        private final Response response;
        private final OutputStream out;
        private final String id;
        private boolean begun;
        private int index;
        private int told;
        private TokenLikelihoods likelihoods;

        Stream(ChatModels.Entry model, Response response, String id) {
            this.model = model;
            this.response = response;
            this.id = id;
            out = Content.Sink.asOutputStream(response);
        }

        /** Starts the next choice; its first event is sent once the model has started on it. */
        void choice(int number, TokenLikelihoods tokens) {
            index = number;
            likelihoods = tokens;
            told = -1;
        }

        void grown(String text, List<Likelihood> noted) {
            if (told < 0) {
                JsonObject role = new JsonObject();
                role.addProperty("role", "assistant");
                role.addProperty("content", "");
                chunk(role, JsonNull.INSTANCE, null);
                told = 0;
            }
            if (text.length() > told) {
                JsonObject more = new JsonObject();
                more.addProperty("content", text.substring(told));
                chunk(
                        more,
                        likelihoods == null ? JsonNull.INSTANCE : likelihoods.upTo(text, noted),
                        null);
                told = text.length();
            }
        }

        void finish(String reason) {
            chunk(new JsonObject(), JsonNull.INSTANCE, reason);
        }

        void end(JsonObject usage) {
            if (usage != null) {
                JsonObject last = head(model, id, "chat.completion.chunk");
                last.add("choices", new JsonArray());
                last.add("usage", usage);
                event(GSON.toJson(last));
            }
            event("[DONE]");
        }

        private void chunk(JsonObject delta, JsonElement logprobs, String finish) {
            JsonObject choice = new JsonObject();
            choice.addProperty("index", index);
            choice.add("delta", delta);
            choice.add("logprobs", logprobs);
            choice.addProperty("finish_reason", finish);
            JsonArray choices = new JsonArray();
            choices.add(choice);
            JsonObject chunk = head(model, id, "chat.completion.chunk");
            chunk.add("choices", choices);
            event(GSON.toJson(chunk));
        }

        void event(String data) {
            if (!begun) {
                response.getHeaders()
                        .put(HttpHeader.CONTENT_TYPE, "text/event-stream;charset=utf-8");
                response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache");
                response.getHeaders().put("X-Accel-Buffering", "no");
                begun = true;
            }
            try {
                out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
            } catch (IOException e) {
                throw new GoneException(e);
            }
        }
    }

    private static JsonObject head(ChatModels.Entry model, String id, String object) {
        JsonObject head = new JsonObject();
        head.addProperty("id", id);
        head.addProperty("object", object);
        head.addProperty("created", Instant.now().getEpochSecond());
        head.addProperty("model", model.name());
        return head;
    }

    private static JsonObject usage(int prompt, int completion) {
        JsonObject usage = new JsonObject();
        usage.addProperty("prompt_tokens", prompt);
        usage.addProperty("completion_tokens", completion);
        usage.addProperty("total_tokens", prompt + completion);
        return usage;
    }

    /** The {@code finish_reason}. A stop text counts like the model's own end. */
    static String finish(Answer answer) {
        return answer.end() == Answer.End.LENGTH ? "length" : "stop";
    }

    private static String newId() {
        return "chatcmpl-" + UUID.randomUUID();
    }
}
