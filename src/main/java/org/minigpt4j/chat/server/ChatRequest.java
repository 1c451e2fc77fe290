package org.minigpt4j.chat.server;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignJson;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A body of {@code POST /v1/chat/completions}, read and checked. Keys that are not known here are
 * passed over, as other servers do.
 *
 * @param system replaces the template's system text
 * @param turns what was said, the last by the user
 * @param choices how many answers are wanted
 * @param stream whether to send the answer as it is written
 * @param streamUsage whether the stream ends with the token counts
 */
record ChatRequest(
        Optional<String> model,
        Optional<String> system,
        List<Turn> turns,
        Sampling sampling,
        StopTexts stops,
        int choices,
        boolean stream,
        boolean streamUsage) {

    /** One message: who said it, and its texts and pictures in order. */
    record Turn(boolean byUser, List<Part> parts) {}

    /** A text, or a picture file. */
    sealed interface Part {
        /** A text. */
        record Text(String text) implements Part {}

        /** A picture file as it was sent. */
        record Picture(byte[] file) implements Part {}
    }

    /**
     * How to draw.
     *
     * @param temperature 0 for the best token each time
     * @param beams sequences kept alive; a key that OpenAI's API does not have
     */
    record Sampling(
            int maxTokens,
            double temperature,
            double topP,
            double repetitionPenalty,
            int beams,
            Optional<Long> seed) {}

    private static final int MOST_STOPS = 4;
    private static final int MOST_BEAMS = 10;
    private static final int LONGEST_STOP = 200;
    private static final int DEFAULT_TOKENS = 300;
    private static final String DATA = "data:";

    /**
     * Reads a body.
     *
     * @throws ApiException with status 400 and the key that is wrong
     */
    static ChatRequest read(byte[] body, ServerSettings.Limits limits) throws ApiException {
        try {
            ForeignJson json = ForeignJson.parse("the request", body);
            return read(json, limits);
        } catch (UsageException e) {
            throw ApiException.invalid(400, "invalid_value", param(e.getMessage()), e.getMessage());
        }
    }

    /** The key that a message of {@link ForeignJson} names. */
    private static String param(String message) {
        String start = "the request: ";
        int end = message.indexOf(' ', start.length());
        return message.startsWith(start) && end > 0 ? message.substring(start.length(), end) : null;
    }

    private static ChatRequest read(ForeignJson json, ServerSettings.Limits limits)
            throws ApiException {
        refuse(json, "tools", "functions");
        if (json.at("logprobs").truth(false) || json.at("top_logprobs").isPresent()) {
            throw unsupported("logprobs");
        }
        List<ForeignJson> messages = json.at("messages").elements();
        if (messages.isEmpty()) {
            throw ApiException.invalid(
                    400, "invalid_value", "messages", "messages is empty; send at least one");
        }
        if (messages.size() > limits.messages()) {
            throw tooMany("messages", messages.size(), limits.messages());
        }
        StringBuilder system = new StringBuilder();
        List<Turn> turns = new ArrayList<>();
        int pictures = 0;
        for (ForeignJson message : messages) {
            String role = message.at("role").text();
            switch (role) {
                case "system", "developer" -> system.append(plain(message));
                case "user" -> {
                    List<Part> parts = parts(message.at("content"));
                    pictures += (int) parts.stream().filter(p -> p instanceof Part.Picture).count();
                    turns.add(new Turn(true, parts));
                }
                case "assistant" ->
                        turns.add(new Turn(false, List.of(new Part.Text(plain(message)))));
                default -> throw message.at("role").wrong("system, developer, user or assistant");
            }
        }
        if (pictures > limits.pictures()) {
            throw tooMany("messages", pictures, limits.pictures());
        }
        if (turns.isEmpty() || !turns.get(turns.size() - 1).byUser()) {
            throw ApiException.invalid(
                    400, "invalid_value", "messages", "the last message must be the user's");
        }
        ForeignJson options = json.at("stream_options");
        return new ChatRequest(
                json.at("model").optionalText(),
                system.isEmpty() ? Optional.empty() : Optional.of(system.toString()),
                turns,
                sampling(json, limits),
                stops(json.at("stop")),
                json.at("n").integer(1, limits.choices(), 1),
                json.at("stream").truth(false),
                options.isPresent() && options.at("include_usage").truth(false));
    }

    private static Sampling sampling(ForeignJson json, ServerSettings.Limits limits) {
        ForeignJson most =
                json.at("max_completion_tokens").isPresent()
                        ? json.at("max_completion_tokens")
                        : json.at("max_tokens");
        ForeignJson seed = json.at("seed");
        return new Sampling(
                most.integer(1, limits.newTokens(), Math.min(DEFAULT_TOKENS, limits.newTokens())),
                json.at("temperature").number(0, 2, 1),
                json.at("top_p").number(0, 1, 0.9),
                json.at("repetition_penalty").number(0.01, 10, 1),
                json.at("num_beams").integer(1, MOST_BEAMS, 1),
                seed.isPresent()
                        ? Optional.of(seed.longInteger(Long.MIN_VALUE, Long.MAX_VALUE))
                        : Optional.empty());
    }

    private static StopTexts stops(ForeignJson stop) throws ApiException {
        List<String> stops = new ArrayList<>();
        if (stop.isText()) {
            stops.add(stop.text());
        } else if (stop.isPresent()) {
            for (ForeignJson one : stop.elements()) {
                stops.add(one.text());
            }
        }
        stops.removeIf(String::isEmpty);
        if (stops.size() > MOST_STOPS) {
            throw tooMany("stop", stops.size(), MOST_STOPS);
        }
        if (stops.stream().anyMatch(text -> text.length() > LONGEST_STOP)) {
            throw ApiException.invalid(
                    400,
                    "invalid_value",
                    "stop",
                    "a stop text has more than %d characters".formatted(LONGEST_STOP));
        }
        return new StopTexts(stops);
    }

    private static String plain(ForeignJson message) throws ApiException {
        StringBuilder text = new StringBuilder();
        for (Part part : parts(message.at("content"))) {
            if (part instanceof Part.Text words) {
                text.append(words.text());
            } else {
                throw ApiException.invalid(
                        400,
                        "invalid_value",
                        "messages",
                        "only the user's messages may have pictures");
            }
        }
        return text.toString();
    }

    private static List<Part> parts(ForeignJson content) throws ApiException {
        if (!content.isPresent()) {
            return List.of();
        }
        if (content.isText()) {
            return List.of(new Part.Text(content.text()));
        }
        List<Part> parts = new ArrayList<>();
        for (ForeignJson part : content.elements()) {
            String type = part.at("type").text();
            switch (type) {
                case "text" -> parts.add(new Part.Text(part.at("text").text()));
                case "image_url" -> {
                    ForeignJson image = part.at("image_url");
                    ForeignJson url = image.isText() ? image : image.at("url");
                    parts.add(new Part.Picture(picture(url)));
                }
                default -> throw part.at("type").wrong("text or image_url");
            }
        }
        return parts;
    }

    private static byte[] picture(ForeignJson url) throws ApiException {
        String text = url.text();
        int comma = text.indexOf(',');
        if (!text.regionMatches(true, 0, DATA, 0, DATA.length())) {
            throw ApiException.invalid(
                    400,
                    "invalid_image_url",
                    url.place(),
                    "pictures are sent as data URLs (data:image/jpeg;base64,...); this server"
                            + " fetches none");
        }
        if (comma < 0 || !text.substring(0, comma).toLowerCase(Locale.ROOT).endsWith(";base64")) {
            throw ApiException.invalid(
                    400,
                    "invalid_image_url",
                    url.place(),
                    "a picture's data URL is data:image/TYPE;base64, and then the file");
        }
        try {
            return Base64.getDecoder()
                    .decode(text.substring(comma + 1).replaceAll("[\\r\\n\\t ]", ""));
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(
                    400,
                    "invalid_base64",
                    url.place(),
                    "the picture is not base64: " + e.getMessage());
        }
    }

    private static void refuse(ForeignJson json, String... keys) throws ApiException {
        for (String key : keys) {
            if (json.at(key).isList() && !json.at(key).elements().isEmpty()) {
                throw unsupported(key);
            }
        }
    }

    private static ApiException unsupported(String key) {
        return ApiException.invalid(
                400, "unsupported_parameter", key, key + " is not supported by this server");
    }

    private static ApiException tooMany(String key, int there, int most) {
        return ApiException.invalid(
                400, "invalid_value", key, "%s: %d, at most %d".formatted(key, there, most));
    }
}
