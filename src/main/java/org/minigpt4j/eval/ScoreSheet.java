package org.minigpt4j.eval;

import org.minigpt4j.eval.score.ScoreMode;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The scores of a set of answers.
 *
 * @param task the kind of answers scored
 * @param unit what one answer belongs to: {@code image} or {@code question}
 * @param of total number of references; more than {@code items} if a subset was scored
 * @param figures the scores of all answers together, in the order of display
 * @param items the scores of each answer
 * @param notes remarks that the reader needs with the scores, such as which were not computed and
 *     why
 */
public record ScoreSheet(
        String task,
        String unit,
        int of,
        List<Figure> figures,
        List<Item> items,
        List<String> notes) {

    /** Copies the lists. */
    public ScoreSheet {
        figures = List.copyOf(figures);
        items = List.copyOf(items);
        notes = List.copyOf(notes);
    }

    /**
     * One score of many answers.
     *
     * @param part the part of the answers that it covers; empty for all
     * @param value empty if it is undefined
     */
    public record Figure(ScoreMode mode, String part, String name, OptionalDouble value) {}

    /**
     * One answer and its scores.
     *
     * @param text the answer
     * @param figures the scores by name; names carry the mode as a prefix unless it is the official
     *     one
     */
    public record Item(String id, String text, Map<String, Double> figures) {}

    /**
     * The score of all answers with this mode and name; empty if it is undefined or was not
     * computed.
     */
    public OptionalDouble figure(ScoreMode mode, String name) {
        Optional<Figure> found =
                figures.stream()
                        .filter(figure -> figure.mode() == mode && figure.part().isEmpty())
                        .filter(figure -> figure.name().equals(name))
                        .findFirst();
        return found.map(Figure::value).orElse(OptionalDouble.empty());
    }
}
