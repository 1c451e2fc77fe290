package org.minigpt4j.nano.quick;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.minigpt4j.nano.exam.ExamMarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What the exams of one {@link Ablation} gave, a run for each seed. */
public record AblationResults(Ablation ablation, List<ExamMarks> marks) {

    private static final Map<String, ToDoubleFunction<ExamMarks>> FIGURES = figures();

    private static Map<String, ToDoubleFunction<ExamMarks>> figures() {
        Map<String, ToDoubleFunction<ExamMarks>> figures = new LinkedHashMap<>();
        figures.put("answers", ExamMarks::answers);
        figures.put("objects_named", ExamMarks::objectsNamed);
        figures.put("chair_i", ExamMarks::chairI);
        figures.put("exact", ExamMarks::exact);
        figures.put("malformed", ExamMarks::malformed);
        return figures;
    }

    /** A row of a table in Markdown: mean and standard deviation in percent. */
    public String row() {
        StringBuilder row =
                new StringBuilder("| `%s` | %s |".formatted(ablation.name(), ablation.text()));
        FIGURES.values()
                .forEach(
                        figure -> {
                            double[] values = values(figure);
                            row.append(
                                    String.format(
                                            Locale.ROOT,
                                            " %.1f ± %.1f |",
                                            100 * mean(values),
                                            100 * deviation(values)));
                        });
        return row.toString();
    }

    /** The figures of every seed. */
    public String json() {
        JsonObject json = new JsonObject();
        json.addProperty("ablation", ablation.name());
        json.addProperty("differs", ablation.text());
        FIGURES.forEach(
                (name, figure) -> {
                    JsonArray all = new JsonArray();
                    for (double value : values(figure)) {
                        all.add(value);
                    }
                    json.add(name, all);
                });
        return new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n";
    }

    private double[] values(ToDoubleFunction<ExamMarks> figure) {
        return marks.stream().mapToDouble(figure).toArray();
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    /** Of a sample; 0 for a single value. */
    private static double deviation(double[] values) {
        double mean = mean(values);
        double sum = 0;
        for (double value : values) {
            sum += (value - mean) * (value - mean);
        }
        return values.length < 2 ? 0 : Math.sqrt(sum / (values.length - 1));
    }
}
