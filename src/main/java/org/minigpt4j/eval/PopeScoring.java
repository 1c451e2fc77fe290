package org.minigpt4j.eval;

import org.minigpt4j.eval.ScoreSheet.Figure;
import org.minigpt4j.eval.ScoreSheet.Item;
import org.minigpt4j.eval.file.PopeLine;
import org.minigpt4j.eval.score.PopeCounts;
import org.minigpt4j.eval.score.ScoreMode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * Computes POPE's accuracy, precision, recall, F1 and share of yes answers, in the official mode
 * and in lmms-eval's.
 */
public final class PopeScoring {

    private static final List<ScoreMode> MODES = List.of(ScoreMode.OFFICIAL, ScoreMode.LMMS_EVAL);

    private PopeScoring() {}

    /**
     * A question and its answer.
     *
     * @param label the question and its label
     * @param answer the answer to it
     */
    public record Pair(PopeLine label, String answer) {}

    /**
     * Scores answers.
     *
     * @param pairs at least one
     * @param of total number of questions
     */
    public static ScoreSheet of(List<Pair> pairs, int of) {
        List<Figure> figures = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (ScoreMode mode : MODES) {
            PopeCounts all = new PopeCounts(mode);
            Map<String, PopeCounts> parts = new TreeMap<>();
            for (Pair pair : pairs) {
                all.add(pair.label().text(), pair.answer());
                if (!pair.label().part().isEmpty()) {
                    parts.computeIfAbsent(pair.label().part(), part -> new PopeCounts(mode))
                            .add(pair.label().text(), pair.answer());
                }
            }
            figures.addAll(figures(mode, "", all));
            parts.forEach((part, counts) -> figures.addAll(figures(mode, part, counts)));
            if (all.neither() > 0) {
                notes.add(
                        "%s answers are neither \"yes\" nor \"no\" alone: %s counts them as wrong"
                                .formatted(Integer.toString(all.neither()), mode));
            }
        }
        notes.add(
                "%s takes yes_ratio from the labels, not from the answers"
                        .formatted(ScoreMode.LMMS_EVAL));
        if (figures.stream().anyMatch(figure -> figure.value().isEmpty())) {
            notes.add("the official code divides by zero where a figure is missing");
        }
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i++) {
            items.add(item(pairs.get(i), i));
        }
        return new ScoreSheet(
                ScoreTask.POPE.toString(), ScoreTask.POPE.unit(), of, figures, items, notes);
    }

    private static List<Figure> figures(ScoreMode mode, String part, PopeCounts counts) {
        Map<String, OptionalDouble> named = new LinkedHashMap<>();
        named.put("accuracy", counts.accuracy());
        named.put("precision", counts.precision());
        named.put("recall", counts.recall());
        named.put("f1", counts.f1());
        named.put("yes_ratio", counts.yesRatio());
        named.put("TP", OptionalDouble.of(counts.truePositives()));
        named.put("FP", OptionalDouble.of(counts.falsePositives()));
        named.put("TN", OptionalDouble.of(counts.trueNegatives()));
        named.put("FN", OptionalDouble.of(counts.falseNegatives()));
        List<Figure> figures = new ArrayList<>();
        named.forEach((name, value) -> figures.add(new Figure(mode, part, name, value)));
        return figures;
    }

    private static Item item(Pair pair, int number) {
        Map<String, Double> figures = new LinkedHashMap<>();
        for (ScoreMode mode : MODES) {
            boolean right =
                    PopeCounts.read(pair.answer(), mode)
                            .equals(PopeCounts.label(pair.label().text(), mode));
            figures.put(
                    mode == ScoreMode.OFFICIAL ? "accuracy" : mode + " accuracy", right ? 1.0 : 0);
        }
        String id = pair.label().id();
        return new Item(id.isEmpty() ? Integer.toString(number + 1) : id, pair.answer(), figures);
    }
}
