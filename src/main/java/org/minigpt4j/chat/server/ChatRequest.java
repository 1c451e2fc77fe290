package org.minigpt4j.chat.server;

import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatSettings;
import org.minigpt4j.io.ForeignJson;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A body of {@code POST /v1/chat/completions}, read and checked. Unknown keys are ignored, as in
 * other servers.
 *
 * @param system replaces the template's system text
 * @param turns the messages; the last is by the user
 * @param choices number of answers to generate
 * @param alternatives number of most likely tokens to report at each position; -1 reports no
 *     log-probabilities
 * @param stream whether to send the answer while it is generated
 * @param streamUsage whether the stream ends with the token counts
 * @param overflow what happens if the conversation is too long; empty for the server's default
 * @param user the user that the client names; empty if it names none
 */
record ChatRequest(
        Optional<String> model,
        Optional<String> system,
        List<Turn> turns,
        Sampling sampling,
        StopTexts stops,
        int choices,
        int alternatives,
        boolean stream,
        boolean streamUsage,
        Optional<ChatSettings.Overflow> overflow,
        Optional<String> user) {

    /** One message: its author, and its texts and pictures in order. */
    record Turn(boolean byUser, List<Part> parts) {}

    /** A text, or a picture file. */
    sealed interface Part {
        /** A text. */
        record Text(String text) implements Part {}

        /** A picture file as it was sent. */
        record Picture(byte[] file) implements Part {}

        /** A picture at an address on the web. */
        record Remote(String address) implements Part {}
    }

    /**
     * How to choose tokens.
     *
     * @param temperature 0 for greedy decoding
     * @param beams number of beams; not a key of OpenAI's API
     */
    record Sampling(
            int maxTokens,
            double temperature,
            double topP,
            int topK,
            double repetitionPenalty,
            int beams,
            Optional<Long> seed) {}

    private static final int MOST_STOPS = 4;
    static final int MOST_BEAMS = 10;
    private static final int LONGEST_STOP = 200;
    private static final int DEFAULT_TOKENS = 300;
    private static final int MOST_ALTERNATIVES = 20;

    /** The highest temperature. */
    static final double HOTTEST = 2;

    /** Default number of most likely tokens to sample from; 0 means all. */
    static final int TOP_K = 50;

    private static final String DATA = "data:";
    private static final Pattern WEB = Pattern.compile("https?:", Pattern.CASE_INSENSITIVE);
    private static final Pattern BLANKS = Pattern.compile("[\\r\\n\\t ]+");

    /**
     * Reads a body.
     *
     * @throws ApiException with status 400 and the invalid key
     */
    static ChatRequest read(byte[] body, ServerSettings.Limits limits) throws ApiException {
        try {
            ForeignJson json = ForeignJson.parse("the request", body);
            return read(json, limits);
        } catch (UsageException e) {
            throw ApiException.invalid(400, "invalid_value", param(e.getMessage()), e.getMessage());
        }
    }

    /** The key that an error message of {@link ForeignJson} names; null if it names none. */
    private static String param(String message) {
        String start = "the request: ";
        int end = message.indexOf(' ', start.length());
        // Other messages are about the request as a whole, such as invalid JSON.
        return message.startsWith(start) && end > 0 && message.startsWith(" is ", end)
                ? message.substring(start.length(), end)
                : null;
    }

    private static ChatRequest read(ForeignJson json, ServerSettings.Limits limits)
            throws ApiException {
        refuse(json, "tools", "functions");
        List<ForeignJson> messages = json.at("messages").elements();
        if (messages.isEmpty()) {
            throw ApiException.invalid(
                    400, "invalid_value", "messages", "messages is empty; send at least one");
        }
        Messages read = new Messages(limits);
        for (ForeignJson message : messages) {
            read.add(message, parts(message.at("content")));
        }
        ForeignJson options = json.at("stream_options");
        return new ChatRequest(
                json.at("model").optionalText(),
                read.system(),
                read.turns(),
                sampling(json, limits),
                stops(json.at("stop")),
                json.at("n").integer(1, limits.choices(), 1),
                alternatives(json),
                json.at("stream").truth(false),
                options.isPresent() && options.at("include_usage").truth(false),
                overflow(json.at("truncation")),
                user(json.at("safety_identifier")).or(() -> user(json.at("user"))));
    }

    private static Optional<String> user(ForeignJson name) {
        return name.isText() ? Optional.of(name.text()) : Optional.empty();
    }

    private static int alternatives(ForeignJson json) throws ApiException {
        boolean told = json.at("logprobs").truth(false);
        ForeignJson top = json.at("top_logprobs");
        if (top.isPresent() && !told) {
            throw ApiException.invalid(
                    400, "invalid_value", "top_logprobs", "top_logprobs needs logprobs: true");
        }
        if (told && json.at("num_beams").integer(1, MOST_BEAMS, 1) > 1) {
            throw ApiException.invalid(
                    400,
                    "invalid_value",
                    "logprobs",
                    "logprobs are not available with beam search");
        }
        return told ? top.integer(0, MOST_ALTERNATIVES, 0) : -1;
    }

    /**
     * Reads {@code truncation}, the key of OpenAI's newer API for conversations that are too long.
     */
    private static Optional<ChatSettings.Overflow> overflow(ForeignJson truncation) {
        return truncation
                .optionalText()
                .map(
                        text ->
                                switch (text) {
                                    case "auto" -> ChatSettings.Overflow.CUT;
                                    case "disabled" -> ChatSettings.Overflow.REFUSE;
                                    default -> throw truncation.wrong("auto or disabled");
                                });
    }

    /** The messages of a request, checked one by one. */
    static final class Messages {

        private final ServerSettings.Limits limits;
        private final StringBuilder system = new StringBuilder();
        private final List<Turn> turns = new ArrayList<>();
        private int count;
        private long pictures;

        Messages(ServerSettings.Limits limits) {
            this.limits = limits;
        }

        /** Adds a message whose parts have been read. */
        void add(ForeignJson message, List<Part> parts) throws ApiException {
            if (++count > limits.messages()) {
                throw tooMany("messages", count, limits.messages());
            }
            pictures += parts.stream().filter(part -> !(part instanceof Part.Text)).count();
            if (pictures > limits.pictures()) {
                throw tooMany("pictures", pictures, limits.pictures());
            }
            switch (message.at("role").text()) {
                case "system", "developer" -> system.append(plain(parts));
                case "user" -> turns.add(new Turn(true, parts));
                case "assistant" ->
                        turns.add(new Turn(false, List.of(new Part.Text(plain(parts)))));
                default -> throw message.at("role").wrong("system, developer, user or assistant");
            }
        }

        /** The text that replaces the template's system text; empty to keep that. */
        Optional<String> system() {
            return system.isEmpty() ? Optional.empty() : Optional.of(system.toString());
        }

        /**
         * All turns.
         *
         * @throws ApiException if there are messages and the last one is not by the user
         */
        List<Turn> turns() throws ApiException {
            if (count > 0 && (turns.isEmpty() || !turns.get(turns.size() - 1).byUser())) {
                throw ApiException.invalid(
                        400, "invalid_value", "messages", "the last message must be the user's");
            }
            return List.copyOf(turns);
        }
    }

    private static Sampling sampling(ForeignJson json, ServerSettings.Limits limits) {
        ForeignJson most =
                json.at("max_completion_tokens").isPresent()
                        ? json.at("max_completion_tokens")
                        : json.at("max_tokens");
        ForeignJson seed = json.at("seed");
        return new Sampling(
                tokens(
                        most.isPresent()
                                ? Optional.of(most.integer(1, Integer.MAX_VALUE))
                                : Optional.empty(),
                        limits),
                json.at("temperature").number(0, HOTTEST, 1),
                json.at("top_p").number(0, 1, 0.9),
                json.at("top_k").integer(0, Integer.MAX_VALUE, TOP_K),
                json.at("repetition_penalty").number(0.01, 10, 1),
                json.at("num_beams").integer(1, MOST_BEAMS, 1),
                seed.isPresent()
                        ? Optional.of(seed.longInteger(Long.MIN_VALUE, Long.MAX_VALUE))
                        : Optional.empty());
    }

    /** The maximum length of the answer in tokens: the requested one, up to the server's limit. */
    static int tokens(Optional<Integer> most, ServerSettings.Limits limits) {
        return Math.min(most.orElse(DEFAULT_TOKENS), limits.newTokens());
    }

    static StopTexts stops(ForeignJson stop) throws ApiException {
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

    private static String plain(List<Part> parts) throws ApiException {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            if (!(part instanceof Part.Text words)) {
                throw ApiException.invalid(
                        400,
                        "invalid_value",
                        "messages",
                        "only the user's messages may have pictures");
            }
            text.append(words.text());
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
                    parts.add(picture(url));
                }
                default -> throw part.at("type").wrong("text or image_url");
            }
        }
        return parts;
    }

    private static Part picture(ForeignJson url) throws ApiException {
        String text = url.text();
        if (WEB.matcher(text).lookingAt()) {
            return new Part.Remote(text);
        }
        int comma = text.indexOf(',');
        if (!text.regionMatches(true, 0, DATA, 0, DATA.length())) {
            throw ApiException.invalid(
                    400,
                    "invalid_image_url",
                    url.place(),
                    "pictures are sent as data URLs (data:image/jpeg;base64,...)");
        }
        if (comma < 0 || !text.substring(0, comma).toLowerCase(Locale.ROOT).endsWith(";base64")) {
            throw ApiException.invalid(
                    400,
                    "invalid_image_url",
                    url.place(),
                    "a picture's data URL must be data:image/TYPE;base64, followed by the file");
        }
        return new Part.Picture(base64(url, text.substring(comma + 1)));
    }

    /** Decodes a file in base64. */
    static byte[] base64(ForeignJson place, String text) throws ApiException {
        try {
            return Base64.getDecoder().decode(BLANKS.matcher(text).replaceAll(""));
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(
                    400,
                    "invalid_base64",
                    place.place(),
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

    private static ApiException tooMany(String key, long there, int most) {
        return ApiException.invalid(
                400,
                "invalid_value",
                key,
                "%s: %s, at most %s".formatted(key, Long.toString(there), Integer.toString(most)));
    }
}
