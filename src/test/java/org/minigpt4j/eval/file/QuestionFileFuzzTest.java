package org.minigpt4j.eval.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Nested;
import org.minigpt4j.eval.ScoreTask;
import org.minigpt4j.eval.ScoredFiles;
import org.minigpt4j.eval.ScoresJson;
import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Files of questions, of people's answers to them and of a model's, and their scores. */
class QuestionFileFuzzTest {

    @Nested
    class VqaAnnotations extends FuzzedReader {

        VqaAnnotations() {
            super("vqa-annotations");
        }

        @Override
        protected FuzzTarget target() {
            return bytes -> {
                Path references = Files.write(folder.resolve("references.json"), bytes);
                Path predictions = folder.resolve("predictions.json");
                Files.writeString(
                        predictions,
                        "[{\"question_id\": 1, \"answer\": \"Two.\"},"
                                + " {\"question_id\": 2, \"answer\": \"\"}]");
                score(ScoreTask.VQA, references, predictions);
            };
        }

        @Override
        protected List<byte[]> seeds() {
            return List.of(
                    text(
                            """
                            {"annotations": [{"question_id": 1, "image_id": 7, "question_type":
                             "how many", "answer_type": "number", "answers": [{"answer": "2",
                             "answer_id": 1}, {"answer": "two", "answer_id": 2}]},
                             {"question_id": "2", "answers": [{"answer": "a red, 1,000.5 ball's"}]}]}
                            """));
        }
    }

    @Nested
    class VqaQuestions extends FuzzedReader {

        VqaQuestions() {
            super("vqa-questions");
        }

        @Override
        protected FuzzTarget target() {
            return bytes -> VqaFile.asked(Files.write(folder.resolve("questions.json"), bytes));
        }

        @Override
        protected List<byte[]> seeds() {
            return List.of(
                    text(
                            """
                            {"info": {}, "questions": [{"question_id": 1, "image_id": 7,
                             "question": "How many?"}, {"image_id": "8", "question": "Why \\u2026",
                             "question_id": 2}]}
                            """));
        }
    }

    @Nested
    class VqaPredictions extends FuzzedReader {

        VqaPredictions() {
            super("vqa-predictions");
        }

        @Override
        protected FuzzTarget target() {
            return bytes -> {
                Path references = folder.resolve("references.json");
                Files.writeString(
                        references,
                        "{\"annotations\": [{\"question_id\": 1, \"answers\": [{\"answer\":"
                                + " \"2\"}]}, {\"question_id\": 2, \"answers\": [{\"answer\":"
                                + " \"no\"}]}]}");
                score(
                        ScoreTask.VQA,
                        references,
                        Files.write(folder.resolve("predictions.json"), bytes));
            };
        }

        @Override
        protected List<byte[]> seeds() {
            return List.of(
                    text(
                            """
                            [{"question_id": 1, "answer": "Two, don't."},
                             {"question_id": "2", "answer": "1,000.50 A.M. isn't"}]
                            """));
        }
    }

    @Nested
    class PopeLabels extends FuzzedReader {

        PopeLabels() {
            super("pope-labels");
        }

        @Override
        protected FuzzTarget target() {
            return bytes -> {
                Path predictions = folder.resolve("predictions.jsonl");
                Files.writeString(predictions, "{\"answer\": \"Yes.\"}\n{\"answer\": \"no\"}\n");
                score(
                        ScoreTask.POPE,
                        Files.write(folder.resolve("references.jsonl"), bytes),
                        predictions);
            };
        }

        @Override
        protected List<byte[]> seeds() {
            return List.of(
                    text(
                            """
                            {"question_id": 1, "image": "x.jpg", "text": "Is there a dog?", "label": "yes"}
                            {"question_id": 2, "image": "x.jpg", "text": "Is it?", "label": "no"}
                            """),
                    text(
                            """
                            {"question": "Is there a dog?", "answer": "yes", "category": "random"}

                            {"question": "Is there a cat?", "answer": "no", "split": "popular"}
                            """));
        }
    }

    @Nested
    class PopeAnswers extends FuzzedReader {

        PopeAnswers() {
            super("pope-answers");
        }

        @Override
        protected FuzzTarget target() {
            return bytes -> {
                Path references = folder.resolve("references.jsonl");
                Files.writeString(
                        references,
                        "{\"question_id\": 1, \"text\": \"a?\", \"label\": \"yes\"}\n"
                                + "{\"question_id\": 2, \"text\": \"b?\", \"label\": \"no\"}\n");
                score(
                        ScoreTask.POPE,
                        references,
                        Files.write(folder.resolve("predictions.jsonl"), bytes));
            };
        }

        @Override
        protected List<byte[]> seeds() {
            return List.of(
                    text(
                            """
                            {"question": "a?", "answer": "Yes, there is."}
                            {"question": "b?", "answer": "No."}
                            """),
                    text(
                            """
                            {"question_id": "2", "answer": "not"}
                            {"question_id": 1, "answer": "Yes"}
                            """));
        }
    }

    private static void score(ScoreTask task, Path references, Path predictions) {
        ScoresJson.of(new ScoredFiles(references, predictions, true).scores(task, List.of()));
    }

    private static byte[] text(String content) {
        return content.getBytes(UTF_8);
    }
}
