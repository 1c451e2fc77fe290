package org.minigpt4j.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.eval.ScoreSheet.Figure;
import org.minigpt4j.eval.score.PopeCounts;
import org.minigpt4j.eval.score.ScoreMode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class PopeScoringTest {

    @TempDir Path temp;

    @Test
    void figuresOfEverySplitAreThoseOfTheOfficialScript() throws Exception {
        JsonObject golden = EvalGoldens.json("pope").getAsJsonObject();
        StringBuilder labels = new StringBuilder();
        StringBuilder answers = new StringBuilder();
        for (JsonElement element : golden.getAsJsonArray("items")) {
            JsonObject item = element.getAsJsonObject();
            assertEquals(
                    item.get("parsed").getAsString(),
                    PopeCounts.read(item.get("answer").getAsString(), ScoreMode.OFFICIAL),
                    item.toString());
            JsonObject answer = new JsonObject();
            answer.add("question", item.get("question"));
            answer.add("answer", item.remove("answer"));
            answers.append(answer).append('\n');
            item.remove("parsed");
            item.add("text", item.remove("question"));
            labels.append(item).append('\n');
        }
        Path references = temp.resolve("labels.jsonl");
        Files.writeString(references, labels);
        Path predictions = temp.resolve("answers.jsonl");
        Files.writeString(predictions, answers);
        ScoreSheet scores =
                new ScoredFiles(references, predictions, false).scores(ScoreTask.POPE, List.of());
        JsonObject official = golden.getAsJsonObject("scores");
        int compared = 0;
        for (Figure figure : scores.figures()) {
            if (figure.mode() == ScoreMode.OFFICIAL) {
                JsonObject part =
                        official.getAsJsonObject(figure.part().isEmpty() ? "all" : figure.part());
                assertEquals(
                        part.get(figure.name()).getAsDouble(),
                        figure.value().orElseThrow(),
                        1e-12,
                        figure.toString());
                compared++;
            }
        }
        assertEquals(9 * official.size(), compared);
        assertTrue(official.size() > 1);
    }

    @Test
    void lmmsEvalWantsTheBareWordAndTakesTheRatioFromTheLabels() {
        PopeCounts counts = new PopeCounts(ScoreMode.LMMS_EVAL);
        counts.add("yes", "Yes, there is");
        counts.add("yes", "YES ");
        counts.add("no", "no");
        counts.add("no", "yes");
        assertEquals(0.5, counts.accuracy().orElseThrow());
        assertEquals(0.5, counts.precision().orElseThrow());
        assertEquals(1, counts.neither());
        assertEquals(0.5, counts.yesRatio().orElseThrow());
        PopeCounts official = new PopeCounts(ScoreMode.OFFICIAL);
        official.add("yes", "Yes, there is");
        official.add("yes", "No.");
        official.add("no", "No, there is not. Yes.");
        assertEquals(2 / 3.0, official.accuracy().orElseThrow());
        assertEquals(1 / 3.0, official.yesRatio().orElseThrow());
    }

    @Test
    void nothingAnsweredYesHasNoPrecision() {
        PopeCounts official = new PopeCounts(ScoreMode.OFFICIAL);
        official.add("yes", "no");
        assertTrue(official.precision().isEmpty());
        assertTrue(official.f1().isEmpty());
    }
}
