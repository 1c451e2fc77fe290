package org.minigpt4j.nano.quick;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;

import org.minigpt4j.nano.exam.ExamMarks;
import org.minigpt4j.nano.scene.QuestionKind;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What the exam gave before training, after stage 1 and after stage 2.
 *
 * @param ceiling right answers of the language model with notes in place of the picture
 */
public record QuickstartResults(
        ExamMarks before, ExamMarks stage1, ExamMarks stage2, double ceiling) {

    private static final int DIGITS = 4;

    /**
     * {@code results.json}: shares, rounded, under {@code before}, {@code stage1}, {@code stage2}.
     */
    public String json() {
        JsonObject all = new JsonObject();
        all.add("before", json(before));
        all.add("stage1", json(stage1));
        all.add("stage2", json(stage2));
        return new GsonBuilder().setPrettyPrinting().create().toJson(all) + "\n";
    }

    private JsonObject json(ExamMarks marks) {
        JsonObject json = new JsonObject();
        json.addProperty("answers", rounded(marks.answers()));
        JsonObject kinds = new JsonObject();
        marks.byKind().forEach((kind, share) -> kinds.addProperty(kind.word(), rounded(share)));
        json.add("answers_by_kind", kinds);
        json.addProperty("held_out_pairs", rounded(marks.heldOut()));
        json.addProperty("objects_named", rounded(marks.objectsNamed()));
        json.addProperty("chair_i", rounded(marks.chairI()));
        json.addProperty("exact", rounded(marks.exact()));
        json.addProperty("malformed", rounded(marks.malformed()));
        json.addProperty("ceiling", rounded(ceiling));
        return json;
    }

    private static BigDecimal rounded(double share) {
        return BigDecimal.valueOf(share).setScale(DIGITS, RoundingMode.HALF_EVEN);
    }

    /** Head of the table. */
    public static List<String> head() {
        return List.of("held-out scenes", "before", "after stage 1", "after stage 2");
    }

    /** Rows of the table. */
    public List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(row("right answers", ExamMarks::answers));
        for (QuestionKind kind : QuestionKind.values()) {
            rows.add(row("  " + kind.word(), marks -> marks.byKind().get(kind)));
        }
        rows.add(row("right about unseen pairs of colour and shape", ExamMarks::heldOut));
        rows.add(row("objects named rightly in a description", ExamMarks::objectsNamed));
        rows.add(row("named objects that are not there (CHAIR_i)", ExamMarks::chairI));
        rows.add(row("descriptions right to the last word", ExamMarks::exact));
        rows.add(row("malformed descriptions", ExamMarks::malformed));
        return rows;
    }

    private List<String> row(String name, ToDoubleFunction<ExamMarks> figure) {
        return List.of(
                name,
                percent(figure.applyAsDouble(before)),
                percent(figure.applyAsDouble(stage1)),
                percent(figure.applyAsDouble(stage2)));
    }

    /** What bounds the answers, in a sentence. */
    public String ceilingSentence() {
        return "The language model alone, with the scene in words in place of the picture, answers %s rightly."
                .formatted(percent(ceiling));
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }
}
