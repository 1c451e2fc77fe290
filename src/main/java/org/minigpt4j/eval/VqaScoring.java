package org.minigpt4j.eval;

import org.minigpt4j.eval.ScoreSheet.Figure;
import org.minigpt4j.eval.ScoreSheet.Item;
import org.minigpt4j.eval.score.ScoreMode;
import org.minigpt4j.eval.score.VqaAccuracy;
import org.minigpt4j.eval.score.VqaQuestion;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** Computes VQA accuracy of short answers, in the official mode and in lmms-eval's. */
public final class VqaScoring {

    /** Name of the official accuracy over all questions, in percent. */
    public static final String OVERALL = "overall";

    /** Name of lmms-eval's accuracy, from 0 to 1. */
    public static final String EXACT_MATCH = "exact_match";

    private static final String ACCURACY = "accuracy";
    private static final int PER_CENT = 100;
    private static final int PLACES = 2;

    private VqaScoring() {}

    /**
     * Scores answers.
     *
     * @param answers the answers by question id
     * @param questions by id; those without an answer are ignored
     */
    public static ScoreSheet of(Map<String, String> answers, Map<String, VqaQuestion> questions) {
        Map<String, Mean> types = new TreeMap<>();
        Map<String, Mean> wordings = new TreeMap<>();
        Mean official = new Mean();
        Mean other = new Mean();
        List<Item> items = new ArrayList<>();
        answers.forEach(
                (id, answer) -> {
                    VqaQuestion question = questions.get(id);
                    double accuracy =
                            VqaAccuracy.of(question, answer, ScoreMode.OFFICIAL).accuracy();
                    double lmms = VqaAccuracy.of(question, answer, ScoreMode.LMMS_EVAL).accuracy();
                    official.add(accuracy);
                    other.add(lmms);
                    types.computeIfAbsent(question.answerType(), type -> new Mean()).add(accuracy);
                    wordings.computeIfAbsent(question.questionType(), type -> new Mean())
                            .add(accuracy);
                    Map<String, Double> figures = new LinkedHashMap<>();
                    figures.put(ACCURACY, accuracy);
                    figures.put(ScoreMode.LMMS_EVAL + " " + EXACT_MATCH, lmms);
                    items.add(new Item(id, answer, figures));
                });
        List<Figure> figures = new ArrayList<>();
        figures.add(official("", OVERALL, official.rounded()));
        figures.add(official("", OVERALL + "_unrounded", official.perCent()));
        types.forEach((type, mean) -> figures.addAll(parts("perAnswerType", type, mean)));
        wordings.forEach((type, mean) -> figures.addAll(parts("perQuestionType", type, mean)));
        figures.add(
                new Figure(ScoreMode.LMMS_EVAL, "", EXACT_MATCH, OptionalDouble.of(other.value())));
        return new ScoreSheet(
                ScoreTask.VQA.toString(),
                ScoreTask.VQA.unit(),
                questions.size(),
                figures,
                items,
                List.of());
    }

    private static List<Figure> parts(String part, String type, Mean mean) {
        return type.isEmpty()
                ? List.of()
                : List.of(
                        official(part, type, mean.rounded()),
                        official(part + "_unrounded", type, mean.perCent()));
    }

    private static Figure official(String part, String name, double value) {
        return new Figure(ScoreMode.OFFICIAL, part, name, OptionalDouble.of(value));
    }

    /** A running mean of accuracies. */
    private static final class Mean {

        private double sum;
        private int count;

        void add(double accuracy) {
            sum += accuracy;
            count++;
        }

        double value() {
            return sum / count;
        }

        double perCent() {
            return PER_CENT * sum / count;
        }

        /** Rounds as Python 2 does, for which the official code was written: ties round up. */
        double rounded() {
            return new BigDecimal(perCent()).setScale(PLACES, RoundingMode.HALF_UP).doubleValue();
        }
    }
}
