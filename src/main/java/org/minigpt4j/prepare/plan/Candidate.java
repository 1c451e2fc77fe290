package org.minigpt4j.prepare.plan;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

import java.util.HashMap;
import java.util.Map;

/**
 * A pair of a list.
 *
 * @param url the picture's address, what pairs are told apart by
 * @param caption its text; empty if the list has none
 * @param place where the bytes lie if not at the address: a file, or {@code TAR#OFFSET+LENGTH};
 *     else null
 * @param extra the list's other columns
 */
public record Candidate(String url, String caption, String place, JsonObject extra) {

    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    /** The other columns as plain values, for rules. */
    public Map<String, Object> columns() {
        Map<String, Object> columns = new HashMap<>();
        for (Map.Entry<String, JsonElement> column : extra.entrySet()) {
            if (column.getValue() instanceof JsonPrimitive value) {
                columns.put(
                        column.getKey(),
                        value.isNumber() ? (Object) value.getAsDouble() : value.getAsString());
            }
        }
        return columns;
    }

    /** One line of a plan. */
    String toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("url", url);
        json.addProperty("caption", caption);
        if (place != null) {
            json.addProperty("place", place);
        }
        if (!extra.isEmpty()) {
            json.add("extra", extra);
        }
        return GSON.toJson(json);
    }

    /** What {@link #toJson} made a line of. */
    static Candidate of(String line) {
        JsonObject json = JsonParser.parseString(line).getAsJsonObject();
        return new Candidate(
                json.get("url").getAsString(),
                json.get("caption").getAsString(),
                json.has("place") ? json.get("place").getAsString() : null,
                json.has("extra") ? json.getAsJsonObject("extra") : new JsonObject());
    }
}
