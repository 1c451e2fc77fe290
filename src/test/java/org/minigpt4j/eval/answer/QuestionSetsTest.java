package org.minigpt4j.eval.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.DatasetFormat;
import org.minigpt4j.config.EvalTask;
import org.minigpt4j.config.EvalTaskConfig;
import org.minigpt4j.eval.ScoreSheet;
import org.minigpt4j.eval.score.ScoreMode;
import org.minigpt4j.track.page.HtmlPage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The files of each task become questions, and answers to them become scores. */
class QuestionSetsTest {

    @TempDir Path temp;

    @BeforeEach
    void pictures() throws IOException {
        for (String name : List.of("000000000042.jpg", "7.jpg", "x.jpg")) {
            Files.writeString(temp.resolve(name), "not looked at");
        }
    }

    private QuestionSets open(EvalTask task, String data, String name, String annotations)
            throws IOException {
        Path file = Files.writeString(temp.resolve("data.json"), data);
        Optional<Path> people = Optional.empty();
        if (annotations != null) {
            people = Optional.of(Files.writeString(temp.resolve("people.json"), annotations));
        }
        return QuestionSets.open(
                new EvalTaskConfig(
                        task,
                        file.toString(),
                        DatasetFormat.COCO_CAPTIONS,
                        people,
                        Optional.of(temp),
                        name,
                        Optional.empty(),
                        40,
                        0,
                        8,
                        false,
                        Optional.empty(),
                        Optional.empty()),
                temp.resolve("cache"),
                List.of());
    }

    private static ScoreSheet scores(QuestionSet set, String... answers) {
        Map<String, Given> given = new LinkedHashMap<>();
        for (int i = 0; i < answers.length; i++) {
            String id = set.questions().get(i).id();
            given.put(id, new Given(id, answers[i], true, 3, List.of()));
        }
        return set.scoring().scores(given);
    }

    @Test
    void cocoCaptionsAreAskedOncePerImage() throws Exception {
        String data =
                """
                {"images": [{"id": 42, "file_name": "x.jpg"}], "annotations": [
                 {"id": 1, "image_id": 42, "caption": "a dog runs fast"},
                 {"id": 2, "image_id": 42, "caption": "the dog"}]}
                """;
        try (QuestionSets sets = open(EvalTask.CAPTIONS, data, "{}.jpg", null)) {
            QuestionSet set = sets.set();
            assertEquals(1, set.questions().size());
            assertEquals(
                    List.of("a dog runs fast", "the dog"), set.questions().get(0).references());
            assertEquals("not looked at", new String(set.questions().get(0).picture().read()));
            assertEquals(
                    1,
                    scores(set, "A dog runs fast.")
                            .figure(ScoreMode.OFFICIAL, "ROUGE_L")
                            .orElseThrow());
        }
    }

    @Test
    void vqaNeedsAnAnswerOfPeopleToEachQuestion() throws Exception {
        String data =
                """
                {"questions": [{"question_id": 5, "image_id": 42, "question": "How many?"}]}
                """;
        String people =
                """
                {"annotations": [{"question_id": %d, "question_type": "how many",
                 "answer_type": "number", "answers": [{"answer": "2", "answer_id": 1},
                 {"answer": "2", "answer_id": 2}, {"answer": "2", "answer_id": 3},
                 {"answer": "2", "answer_id": 4}, {"answer": "3", "answer_id": 5}]}]}
                """;
        try (QuestionSets sets = open(EvalTask.VQA, data, "{12}.jpg", people.formatted(5))) {
            assertTrue(sets.set().questions().get(0).text().startsWith("How many? "));
            assertEquals(
                    100,
                    scores(sets.set(), "two").figure(ScoreMode.OFFICIAL, "overall").orElseThrow());
        }
        var refused =
                assertThrows(
                        UsageException.class,
                        () -> open(EvalTask.VQA, data, "{12}.jpg", people.formatted(6)));
        assertTrue(refused.getMessage().contains("1 of 1 questions"), refused.getMessage());
        refused =
                assertThrows(
                        UsageException.class,
                        () -> open(EvalTask.VQA, data, "COCO_{12}.jpg", people.formatted(5)));
        assertTrue(
                refused.getMessage().contains("1 of 1 pictures are missing"), refused.getMessage());
    }

    @Test
    void gqaWantsTheSameTextAndLmmsEvalTheSameWord() throws Exception {
        String data =
                """
                {"01": {"imageId": "7", "question": "What is it?", "answer": "dog"},
                 "02": {"imageId": "7", "question": "Is it red?", "answer": "no"}}
                """;
        try (QuestionSets sets = open(EvalTask.GQA, data, "{}.jpg", null)) {
            ScoreSheet scores = scores(sets.set(), "Dog.", "no");
            assertEquals(0.5, scores.figure(ScoreMode.OFFICIAL, "accuracy").orElseThrow());
            assertEquals(1, scores.figure(ScoreMode.LMMS_EVAL, "exact_match").orElseThrow());
        }
    }

    @Test
    void hostileTextsAreHarmlessOnThePage() throws Exception {
        String hostile = "<script>alert(1)</script>\u202e\" onload='x'";
        String data =
                """
                {"01": {"imageId": "7", "question": "What?", "answer": "dog"}}
                """;
        try (QuestionSets sets = open(EvalTask.GQA, data, "{}.jpg", null)) {
            String html = new AnswerReport().html("T", sets.set(), scores(sets.set(), hostile));
            assertTrue(!html.contains("<script"), html);
            assertTrue(html.contains(HtmlPage.escape(hostile)), html);
            assertTrue(html.contains("The picture cannot be shown."));
            assertTrue(html.contains("id=\"order0\" checked"), html);
        }
    }
}
