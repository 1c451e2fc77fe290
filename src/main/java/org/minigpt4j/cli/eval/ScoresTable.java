package org.minigpt4j.cli.eval;

import org.minigpt4j.cli.screen.TextTable;
import org.minigpt4j.eval.ScoreSheet;
import org.minigpt4j.eval.ScoreSheet.Figure;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Prints scores on a terminal, with the mode next to each score. */
final class ScoresTable {

    private static final String UNROUNDED = "_unrounded";
    private static final String WORDING = "perQuestionType";

    private ScoresTable() {}

    static void print(ScoreSheet scores, PrintWriter out) {
        out.printf(
                Locale.ROOT,
                "%s: %d of %d %ss scored%n",
                scores.task(),
                scores.items().size(),
                scores.of(),
                scores.unit());
        TextTable table = new TextTable("figure", "value", "mode");
        for (Figure figure : scores.figures()) {
            // The details are in scores.json.
            boolean small =
                    figure.name().endsWith(UNROUNDED)
                            || figure.part().endsWith(UNROUNDED)
                            || figure.part().equals(WORDING);
            if (!small) {
                String part = figure.part().isEmpty() ? "" : figure.part() + " ";
                table.row(
                        List.of(
                                part + figure.name(),
                                value(figure.value()),
                                figure.mode().toString()));
            }
        }
        table.print(out);
        scores.notes().forEach(note -> out.println("note: " + note));
        out.flush();
    }

    private static String value(OptionalDouble value) {
        if (value.isEmpty()) {
            return "not defined";
        }
        double number = value.getAsDouble();
        return number == Math.rint(number)
                ? String.format(Locale.ROOT, "%.0f", number)
                : String.format(Locale.ROOT, "%.6f", number);
    }
}
