package org.minigpt4j.eval.answer;

import org.minigpt4j.eval.ScoreSheet;
import org.minigpt4j.eval.ScoreSheet.Figure;
import org.minigpt4j.eval.ScoreSheet.Item;
import org.minigpt4j.eval.score.ScoreMode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Scores answers as right or wrong. The official mode compares exact text, as GQA's script and
 * multiple-choice tasks do. lmms-eval's mode ignores case and punctuation.
 */
final class ExactAnswers {

    /** Name of the share of right answers. */
    static final String ACCURACY = "accuracy";

    private ExactAnswers() {}

    static ScoreSheet scores(
            String task, List<Question> questions, Map<String, Given> answers, int of) {
        List<Item> items = new ArrayList<>();
        int official = 0;
        int lenient = 0;
        for (Question question : questions) {
            String right = question.references().get(0);
            String said = answers.get(question.id()).text();
            boolean same = said.equals(right);
            boolean alike = plain(said).equals(plain(right));
            official += same ? 1 : 0;
            lenient += alike ? 1 : 0;
            Map<String, Double> figures = new LinkedHashMap<>();
            figures.put(ACCURACY, same ? 1.0 : 0.0);
            figures.put(ScoreMode.LMMS_EVAL + " exact_match", alike ? 1.0 : 0.0);
            items.add(new Item(question.id(), said, figures));
        }
        double all = questions.size();
        return new ScoreSheet(
                task,
                "question",
                of,
                List.of(
                        new Figure(
                                ScoreMode.OFFICIAL,
                                "",
                                ACCURACY,
                                OptionalDouble.of(official / all)),
                        new Figure(
                                ScoreMode.LMMS_EVAL,
                                "",
                                "exact_match",
                                OptionalDouble.of(lenient / all))),
                items,
                List.of());
    }

    private static String plain(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("\\p{Punct}", "").strip();
    }
}
