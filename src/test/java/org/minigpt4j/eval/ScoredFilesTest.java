package org.minigpt4j.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** What does not fit is counted and never scored silently; no order of a file changes a figure. */
class ScoredFilesTest {

    @TempDir Path temp;

    @Test
    void theOrderOfTheEntriesChangesNoBit() throws Exception {
        Random random = new Random(7);
        List<String> annotations = new ArrayList<>();
        List<String> predictions = new ArrayList<>();
        String[] words = "a dog cat runs sits on the red grass with U.S. it's".split(" ");
        for (int image = 1; image <= 60; image++) {
            for (int i = 0; i < 4; i++) {
                annotations.add(
                        "{\"id\": %d, \"image_id\": %d, \"caption\": \"%s\"}"
                                .formatted(10 * image + i, image, sentence(words, random)));
            }
            predictions.add(
                    "{\"image_id\": %d, \"caption\": \"%s\"}"
                            .formatted(image, sentence(words, random)));
        }
        String first = scored(annotations, predictions);
        assertEquals(first, scored(annotations, predictions));
        Collections.shuffle(annotations, random);
        Collections.shuffle(predictions, random);
        assertEquals(first, scored(annotations, predictions));
    }

    private static String sentence(String[] words, Random random) {
        StringBuilder sentence = new StringBuilder();
        for (int i = 0; i < 3 + random.nextInt(8); i++) {
            sentence.append(i == 0 ? "" : " ").append(words[random.nextInt(words.length)]);
        }
        return sentence.toString();
    }

    private String scored(List<String> annotations, List<String> predictions) throws IOException {
        Path references = file("{\"annotations\": " + annotations + "}");
        return ScoresJson.of(
                new ScoredFiles(references, file(predictions.toString()), false)
                        .scores(ScoreTask.CAPTIONS, List.of()));
    }

    private Path file(String text) throws IOException {
        return Files.writeString(Files.createTempFile(temp, "file", ".json"), text);
    }

    @Test
    void whatDoesNotFitIsCounted() throws Exception {
        Path references =
                file(
                        """
                        {"annotations": [{"image_id": 1, "caption": "a"},
                         {"image_id": 2, "caption": "b"}, {"image_id": 3, "caption": "c"}]}
                        """);
        Path predictions =
                file(
                        """
                        [{"image_id": 1, "caption": "a"}, {"image_id": "1", "caption": "b"},
                         {"image_id": 9, "caption": "c"}]
                        """);
        String message = refused(ScoreTask.CAPTIONS, references, predictions, false);
        assertTrue(message.contains("1 predicted more than once: 1 ([0] and [1])"), message);
        assertTrue(message.contains("1 not in the references: 9"), message);
        assertTrue(message.contains("2 of 3 without a prediction: 2, 3"), message);
    }

    @Test
    void aSubsetIsScoredOnlyWhenThatIsMeantAndSaysSo() throws Exception {
        Path references =
                file(
                        """
                        {"annotations": [{"image_id": 1, "caption": "a"},
                         {"image_id": 2, "caption": "b"}]}
                        """);
        Path predictions = file("[{\"image_id\": 2, \"caption\": \"b\"}]");
        String message = refused(ScoreTask.CAPTIONS, references, predictions, false);
        assertTrue(message.contains("1 of 2 without a prediction: 1"), message);
        assertTrue(message.contains("--subset"), message);
        ScoreSheet scores =
                new ScoredFiles(references, predictions, true)
                        .scores(ScoreTask.CAPTIONS, List.of());
        assertTrue(
                scores.notes().get(0).startsWith("a subset: 1 of 2 images"),
                scores.notes().toString());
    }

    @Test
    void popeLinesThatAreToOtherQuestionsAreCounted() throws Exception {
        Path labels =
                file(
                        """
                        {"text": "Is there a dog?", "label": "yes"}
                        {"text": "Is there a cat?", "label": "no"}
                        """);
        Path swapped =
                file(
                        """
                        {"question": "Is there a cat?", "answer": "no"}
                        {"question": "Is there a dog?", "answer": "yes"}
                        """);
        String message = refused(ScoreTask.POPE, labels, swapped, false);
        assertTrue(message.contains("2 answers are to another question"), message);
        Path fewer = file("{\"question\": \"Is there a dog?\", \"answer\": \"no\"}\n");
        message = refused(ScoreTask.POPE, labels, fewer, false);
        assertTrue(message.contains("has 1 answers to the 2 questions"), message);
    }

    @Test
    void popeLinesWithIdsMayComeInAnyOrder() throws Exception {
        Path labels =
                file(
                        """
                        {"question_id": 1, "text": "Is there a dog?", "label": "yes"}
                        {"question_id": 2, "text": "Is there a cat?", "label": "no"}
                        """);
        Path answers =
                file(
                        """
                        {"question_id": 2, "question": "Is there a cat?", "answer": "no"}
                        {"question_id": 1, "question": "Is there a dog?", "answer": "yes"}
                        """);
        ScoreSheet scores =
                new ScoredFiles(labels, answers, false).scores(ScoreTask.POPE, List.of());
        assertEquals(1.0, scores.figures().get(0).value().orElseThrow());
    }

    private static String refused(
            ScoreTask task, Path references, Path predictions, boolean subset) {
        return assertThrows(
                        UsageException.class,
                        () ->
                                new ScoredFiles(references, predictions, subset)
                                        .scores(task, List.of()))
                .getMessage();
    }
}
