package org.minigpt4j.text;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

import java.util.Optional;

/**
 * The {@code .json} beside a picture, as img2dataset writes it. Its {@code caption} is the
 * picture's; only where it has none does a {@code .txt} count.
 */
public final class CaptionJson {

    private CaptionJson() {}

    /** What a file says; an object without keys if it is not JSON's, or no object. */
    public static JsonObject parse(String json) {
        try {
            return JsonParser.parseString(json) instanceof JsonObject object
                    ? object
                    : new JsonObject();
        } catch (JsonParseException e) {
            return new JsonObject();
        }
    }

    /** The text or number under a key. */
    public static Optional<String> text(JsonObject object, String key) {
        return object.get(key) instanceof JsonPrimitive value
                ? Optional.of(value.getAsString())
                : Optional.empty();
    }

    /** The caption that a file holds. */
    public static Optional<String> captionIn(String json) {
        return text(parse(json), "caption");
    }
}
