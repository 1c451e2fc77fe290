package org.minigpt4j.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.junit.jupiter.api.Test;
import org.minigpt4j.eval.score.ScoreMode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

class CaptionScoringTest {

    private static final double CLOSE = 1e-9;

    private final JsonObject captions = EvalGoldens.json("captions").getAsJsonObject();

    @Test
    void figuresOfEverySubsetAreThoseOfTheOfficialCode() {
        JsonObject subsets = EvalGoldens.json("scores").getAsJsonObject();
        int compared = 0;
        for (Map.Entry<String, JsonElement> subset : subsets.entrySet()) {
            compared += check(subset.getKey(), subset.getValue().getAsJsonObject());
        }
        assertTrue(compared > 5000, "only " + compared);
        assertTrue(subsets.size() > 20, "only " + subsets.size());
    }

    private int check(String name, JsonObject subset) {
        List<String> images = strings(subset.getAsJsonArray("images"));
        Map<String, String> said = new LinkedHashMap<>();
        Map<String, List<String>> references = new LinkedHashMap<>();
        for (int i = 0; i < images.size(); i++) {
            JsonObject image = captions.getAsJsonObject(images.get(i));
            said.put(images.get(i), image.get("candidate").getAsString());
            references.put(images.get(i), references(subset, image, images.get(i), i));
        }
        ScoreSheet scores = new CaptionScoring(List.of()).of(said, references);
        int compared = 0;
        for (String figure : List.of("Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4", "ROUGE_L", "CIDEr")) {
            JsonElement corpus = subset.getAsJsonObject("corpus").get(figure);
            OptionalDouble got = scores.figure(ScoreMode.OFFICIAL, figure);
            if (corpus == null || corpus.isJsonNull()) {
                assertEquals(OptionalDouble.empty(), got, name + " " + figure);
                continue;
            }
            assertEquals(corpus.getAsDouble(), got.orElseThrow(), CLOSE, name + " " + figure);
            JsonArray each = subset.getAsJsonObject("per_image").getAsJsonArray(figure);
            for (int i = 0; i < images.size(); i++) {
                assertEquals(
                        each.get(i).getAsDouble(),
                        scores.items().get(i).figures().get(figure),
                        CLOSE,
                        "%s %s of %s".formatted(name, figure, images.get(i)));
                compared++;
            }
        }
        return compared;
    }

    private static List<String> references(
            JsonObject subset, JsonObject image, String id, int place) {
        List<String> all = strings(image.getAsJsonArray("references"));
        JsonElement chosen = subset.get("references");
        if (chosen == null || chosen.isJsonNull()) {
            return all;
        }
        JsonArray indices =
                chosen.isJsonArray()
                        ? chosen.getAsJsonArray().get(place).getAsJsonArray()
                        : chosen.getAsJsonObject().getAsJsonArray(id);
        List<String> used = new ArrayList<>();
        indices.forEach(index -> used.add(all.get(index.getAsInt())));
        return used;
    }

    private static List<String> strings(JsonArray array) {
        List<String> strings = new ArrayList<>();
        array.forEach(element -> strings.add(element.getAsString()));
        return strings;
    }

    @Test
    void whatNobodyComputesIsSaid() {
        ScoreSheet scores =
                new CaptionScoring(List.of())
                        .of(Map.of("1", "a dog"), Map.of("1", List.of("a dog"), "2", List.of("x")));
        assertEquals(2, scores.of());
        assertTrue(
                scores.notes().contains("METEOR not computed: no jar (--meteor-jar names one)"),
                scores.notes().toString());
        assertTrue(
                scores.notes().contains("SPICE not computed: no jar (--spice-jar names one)"),
                scores.notes().toString());
        assertEquals(OptionalDouble.empty(), scores.figure(ScoreMode.OFFICIAL, "METEOR"));
    }
}
