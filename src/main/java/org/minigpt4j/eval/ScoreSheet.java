package org.minigpt4j.eval;

import org.minigpt4j.eval.score.ScoreMode;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The figures of a set of answers.
 *
 * @param task what was scored
 * @param unit what one answer is for: {@code image}
 * @param of how many references there are; more than {@code items} where a subset was scored
 * @param figures of all answers together, in the order in which a person reads them
 * @param items of each answer, by its id
 * @param notes what a reader must know beside the figures: what was not computed, and why
 */
public record ScoreSheet(
        String task,
        String unit,
        int of,
        List<Figure> figures,
        List<Item> items,
        List<String> notes) {

    /** Copies its lists. */
    public ScoreSheet {
        figures = List.copyOf(figures);
        items = List.copyOf(items);
        notes = List.copyOf(notes);
    }

    /**
     * One figure.
     *
     * @param part which answers it is of; empty for all
     * @param value empty where it is not defined
     */
    public record Figure(ScoreMode mode, String part, String name, OptionalDouble value) {}

    /**
     * One answer.
     *
     * @param text the answer
     * @param figures by name, those of another mode than the official one with that before it
     */
    public record Item(String id, String text, Map<String, Double> figures) {}

    /** A figure of all answers; empty where it is not defined, or not among them. */
    public OptionalDouble figure(ScoreMode mode, String name) {
        Optional<Figure> found =
                figures.stream()
                        .filter(figure -> figure.mode() == mode && figure.part().isEmpty())
                        .filter(figure -> figure.name().equals(name))
                        .findFirst();
        return found.map(Figure::value).orElse(OptionalDouble.empty());
    }
}
