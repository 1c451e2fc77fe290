package org.minigpt4j.prepare.plan;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was drawn from a list: {@code _plan/plan.json}, written when all candidates are.
 *
 * @param from what the draw and the shards depend on, key by key; another run in the same folder
 *     has to have the same
 * @param rows of the list
 * @param withoutAddress of them, broken ones included
 * @param broken rows that could not be read
 * @param sameAddress rows whose address is that of another, among those looked at for the draw
 * @param candidates that were drawn
 * @param whole true when the list has no more
 */
public record ListPlan(
        TreeMap<String, String> from,
        long rows,
        long withoutAddress,
        long broken,
        long sameAddress,
        long candidates,
        boolean whole) {

    public static final String FILE = Plan.FOLDER + "/plan.json";
    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    /** How many shards the candidates make. */
    public int shards(int samplesPerShard) {
        return Math.toIntExact((candidates + samplesPerShard - 1) / samplesPerShard);
    }

    public byte[] toJson() {
        JsonObject json = new JsonObject();
        json.add("from", GSON.toJsonTree(from));
        json.addProperty("rows", rows);
        json.addProperty("without_address", withoutAddress);
        json.addProperty("broken", broken);
        json.addProperty("same_address", sameAddress);
        json.addProperty("candidates", candidates);
        json.addProperty("whole", whole);
        return GSON.toJson(json).getBytes(StandardCharsets.UTF_8);
    }

    public static ListPlan of(byte[] bytes) {
        JsonObject json =
                JsonParser.parseString(new String(bytes, StandardCharsets.UTF_8)).getAsJsonObject();
        TreeMap<String, String> from = new TreeMap<>();
        for (Map.Entry<String, JsonElement> entry : json.getAsJsonObject("from").entrySet()) {
            from.put(entry.getKey(), entry.getValue().getAsString());
        }
        return new ListPlan(
                from,
                json.get("rows").getAsLong(),
                json.get("without_address").getAsLong(),
                json.has("broken") ? json.get("broken").getAsLong() : 0,
                json.get("same_address").getAsLong(),
                json.get("candidates").getAsLong(),
                json.get("whole").getAsBoolean());
    }

    /** The keys whose values differ. */
    public List<String> differences(Map<String, String> now) {
        TreeMap<String, String> all = new TreeMap<>(from);
        all.putAll(now);
        return all.keySet().stream()
                .filter(key -> !String.valueOf(from.get(key)).equals(now.get(key)))
                .toList();
    }
}
