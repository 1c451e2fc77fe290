package org.minigpt4j.chat.server;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignJson;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A body of Ollama's {@code POST /api/chat}: pictures in bare base64 next to a message's text,
 * settings in {@code options}, and a streamed answer unless {@code stream} is false.
 */
final class OllamaRequest {

    private static final String LATEST = ":latest";

    private OllamaRequest() {}

    /**
     * Reads a body. A body without messages asks to load the model; it gives a request without
     * turns.
     *
     * @throws ApiException with status 400 and the reason
     */
    static ChatRequest read(byte[] body, ServerSettings.Limits limits) throws ApiException {
        try {
            return read(ForeignJson.parse("the request", body), limits);
        } catch (UsageException e) {
            throw ApiException.invalid(400, "invalid_value", null, e.getMessage());
        }
    }

    /** The name without the tag {@code :latest}. */
    static String name(String model) {
        return model.endsWith(LATEST)
                ? model.substring(0, model.length() - LATEST.length())
                : model;
    }

    private static ChatRequest read(ForeignJson json, ServerSettings.Limits limits)
            throws ApiException {
        ChatRequest.Messages messages = new ChatRequest.Messages(limits);
        ForeignJson list = json.at("messages");
        if (list.isPresent()) {
            for (ForeignJson message : list.elements()) {
                messages.add(message, parts(message));
            }
        }
        ForeignJson options = json.at("options");
        if (!options.isPresent()) {
            options = ForeignJson.empty("the request");
        }
        return new ChatRequest(
                json.at("model").optionalText().map(OllamaRequest::name),
                messages.system(),
                messages.turns(),
                sampling(options, limits),
                ChatRequest.stops(options.at("stop")),
                1,
                -1,
                json.at("stream").truth(true),
                true,
                Optional.empty(),
                Optional.empty());
    }

    private static List<ChatRequest.Part> parts(ForeignJson message) throws ApiException {
        List<ChatRequest.Part> parts = new ArrayList<>();
        ForeignJson images = message.at("images");
        if (images.isPresent()) {
            for (ForeignJson image : images.elements()) {
                parts.add(new ChatRequest.Part.Picture(ChatRequest.base64(image, image.text())));
            }
        }
        message.at("content").optionalText().map(ChatRequest.Part.Text::new).ifPresent(parts::add);
        return parts;
    }

    private static ChatRequest.Sampling sampling(
            ForeignJson options, ServerSettings.Limits limits) {
        int most = options.at("num_predict").integer(-2, Integer.MAX_VALUE, -1);
        ForeignJson seed = options.at("seed");
        return new ChatRequest.Sampling(
                ChatRequest.tokens(most <= 0 ? Optional.empty() : Optional.of(most), limits),
                options.at("temperature").number(0, ChatRequest.HOTTEST, 1),
                options.at("top_p").number(0, 1, 0.9),
                options.at("top_k").integer(0, Integer.MAX_VALUE, ChatRequest.TOP_K),
                options.at("repeat_penalty").number(0.01, 10, 1),
                options.at("num_beams").integer(1, ChatRequest.MOST_BEAMS, 1),
                seed.isPresent()
                        ? Optional.of(seed.longInteger(Long.MIN_VALUE, Long.MAX_VALUE))
                        : Optional.empty());
    }
}
