package org.minigpt4j.eval;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;

import org.minigpt4j.eval.ScoreSheet.Figure;
import org.minigpt4j.eval.ScoreSheet.Item;
import org.minigpt4j.eval.score.ScoreMode;

import java.util.Map;

/** Writes scores as JSON, with every number in full precision. */
public final class ScoresJson {

    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();
    private static final Gson LINE =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    private ScoresJson() {}

    /**
     * {@code {"task": ..., "scored": 5000, "of": 5000, "notes": [...], "scores": {"official":
     * {"CIDEr": 1.2}}, "items": [{"id": "42", "answer": ..., "CIDEr": 0.8}]}}, with one line per
     * item.
     */
    public static String of(ScoreSheet scores) {
        JsonObject head = new JsonObject();
        head.addProperty("task", scores.task());
        head.addProperty("scored", scores.items().size());
        head.addProperty("of", scores.of());
        JsonArray notes = new JsonArray();
        scores.notes().forEach(notes::add);
        head.add("notes", notes);
        head.add("scores", figures(scores));
        StringBuilder text = new StringBuilder(GSON.toJson(head));
        text.setLength(text.length() - "\n}".length());
        text.append(",\n  \"items\": [");
        String between = "\n    ";
        for (Item item : scores.items()) {
            text.append(between).append(LINE.toJson(item(item)));
            between = ",\n    ";
        }
        return text.append("\n  ]\n}\n").toString();
    }

    private static JsonObject figures(ScoreSheet scores) {
        JsonObject all = new JsonObject();
        for (ScoreMode mode : ScoreMode.values()) {
            JsonObject ofMode = new JsonObject();
            for (Figure figure : scores.figures()) {
                if (figure.mode() != mode) {
                    continue;
                }
                JsonObject into = ofMode;
                if (!figure.part().isEmpty()) {
                    if (!ofMode.has(figure.part())) {
                        ofMode.add(figure.part(), new JsonObject());
                    }
                    into = ofMode.getAsJsonObject(figure.part());
                }
                if (figure.value().isPresent()) {
                    into.addProperty(figure.name(), figure.value().getAsDouble());
                } else {
                    into.add(figure.name(), JsonNull.INSTANCE);
                }
            }
            if (ofMode.size() > 0) {
                all.add(mode.toString(), ofMode);
            }
        }
        return all;
    }

    private static JsonObject item(Item item) {
        JsonObject json = new JsonObject();
        json.addProperty("id", item.id());
        json.addProperty("answer", item.text());
        for (Map.Entry<String, Double> figure : item.figures().entrySet()) {
            json.addProperty(figure.getKey(), figure.getValue());
        }
        return json;
    }
}
