package org.minigpt4j.nano.quick;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.minigpt4j.nano.exam.ExamMarks;
import org.minigpt4j.nano.scene.QuestionKind;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

class QuickstartResultsTest {

    private static ExamMarks marks(double answers) {
        Map<QuestionKind, Double> byKind = new EnumMap<>(QuestionKind.class);
        for (QuestionKind kind : QuestionKind.values()) {
            byKind.put(kind, answers);
        }
        return new ExamMarks(answers, byKind, 0.5, 0.96, 1 / 3.0, 0.25, 0.0125);
    }

    @Test
    void theFileHasTheFiguresOfEachState() {
        QuickstartResults results =
                new QuickstartResults(marks(0.1), marks(0.8), marks(0.9), 0.935);
        JsonObject json = JsonParser.parseString(results.json()).getAsJsonObject();
        assertEquals(Set.of("before", "stage1", "stage2"), json.keySet());
        JsonObject stage2 = json.getAsJsonObject("stage2");
        assertEquals(0.9, stage2.get("answers").getAsDouble());
        assertEquals(
                Set.of("color", "shape", "size", "count", "letter", "place", "existence"),
                stage2.getAsJsonObject("answers_by_kind").keySet());
        assertEquals(0.96, stage2.get("objects_named").getAsDouble());
        assertEquals(0.3333, stage2.get("chair_i").getAsDouble());
        assertEquals(0.25, stage2.get("exact").getAsDouble());
        assertEquals(0.0125, stage2.get("malformed").getAsDouble());
        assertEquals(0.935, stage2.get("ceiling").getAsDouble());
        assertEquals(0.5, stage2.get("held_out_pairs").getAsDouble());
        assertEquals(0.1, json.getAsJsonObject("before").get("answers").getAsDouble());
    }

    @Test
    void theTableHasARowForEachFigure() {
        List<List<String>> rows =
                new QuickstartResults(marks(0.1), marks(0.8), marks(0.9), 0.935).rows();
        assertEquals(List.of("right answers", "10.0 %", "80.0 %", "90.0 %"), rows.get(0));
        assertTrue(rows.stream().allMatch(row -> row.size() == QuickstartResults.head().size()));
        assertTrue(rows.stream().anyMatch(row -> row.get(0).contains("unseen pairs")), "held out");
    }
}
