package org.minigpt4j.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.eval.ScoreSheet.Figure;
import org.minigpt4j.eval.ScoreSheet.Item;
import org.minigpt4j.eval.score.ScoreMode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

class VqaScoringTest {

    private static final double CLOSE = 1e-9;

    @TempDir Path temp;

    @Test
    void accuraciesAreThoseOfTheOfficialCode() throws Exception {
        JsonObject golden = EvalGoldens.json("vqa").getAsJsonObject();
        JsonObject annotations = new JsonObject();
        annotations.add("annotations", golden.get("questions"));
        Path references = temp.resolve("references.json");
        Files.writeString(references, annotations.toString());
        Path predictions = temp.resolve("predictions.json");
        StringBuilder list = new StringBuilder();
        Map<String, Double> each = new TreeMap<>();
        for (JsonElement element : golden.getAsJsonArray("questions")) {
            JsonObject question = element.getAsJsonObject();
            JsonObject answer = new JsonObject();
            answer.add("question_id", question.get("question_id"));
            answer.add("answer", question.get("candidate"));
            list.append(list.length() == 0 ? "[" : ",").append(answer);
            each.put(
                    question.get("question_id").getAsString(),
                    question.get("accuracy_unrounded").getAsDouble());
        }
        Files.writeString(predictions, list + "]");
        ScoreSheet scores =
                new ScoredFiles(references, predictions, false).scores(ScoreTask.VQA, List.of());
        int compared = 0;
        for (Figure figure : scores.figures()) {
            if (figure.mode() == ScoreMode.OFFICIAL) {
                JsonObject from =
                        figure.part().isEmpty() ? golden : golden.getAsJsonObject(figure.part());
                assertEquals(
                        from.get(figure.name()).getAsDouble(),
                        figure.value().orElseThrow(),
                        CLOSE,
                        figure.toString());
                compared++;
            }
        }
        assertTrue(compared > 20, "only " + compared);
        for (Item item : scores.items()) {
            assertEquals(
                    each.get(item.id()) / 100,
                    item.figures().get("accuracy"),
                    CLOSE,
                    item.toString());
        }
    }

    @Test
    void lmmsEvalNormalisesWhereTheOfficialCodeDoesNot() throws Exception {
        Path references = temp.resolve("r.json");
        String people = "{\"answer\": \"The dog.\", \"answer_id\": %d}";
        StringBuilder ten = new StringBuilder();
        for (int i = 1; i <= 10; i++) {
            ten.append(i == 1 ? "" : ",").append(people.formatted(i));
        }
        Files.writeString(
                references,
                "{\"annotations\": [{\"question_id\": 1, \"answers\": [" + ten + "]}]}");
        Path predictions = temp.resolve("p.json");
        Files.writeString(predictions, "[{\"question_id\": 1, \"answer\": \"The dog.\"}]");
        ScoreSheet scores =
                new ScoredFiles(references, predictions, false).scores(ScoreTask.VQA, List.of());
        // All ten agree: the official code compares as it stands, lmms-eval takes the article away.
        assertEquals(100, scores.figure(ScoreMode.OFFICIAL, VqaScoring.OVERALL).orElseThrow());
        assertEquals(0, scores.figure(ScoreMode.LMMS_EVAL, VqaScoring.EXACT_MATCH).orElseThrow());
    }
}
