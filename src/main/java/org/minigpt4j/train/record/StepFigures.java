package org.minigpt4j.train.record;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

import org.minigpt4j.train.EpochReport;
import org.minigpt4j.train.StepReport;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The figures of a step and of an epoch, by name: one list for {@code metrics.jsonl}, the record of
 * a run and DJL's listeners.
 */
public final class StepFigures {

    /**
     * A figure. {@code whole} is for integers; {@code logOnly} figures are logged but not recorded.
     */
    private record Figure(
            String name, ToDoubleFunction<StepReport> value, boolean whole, boolean logOnly) {

        static Figure of(String name, ToDoubleFunction<StepReport> value) {
            return new Figure(name, value, false, false);
        }

        static Figure bytes(String name, ToDoubleFunction<StepReport> value) {
            return new Figure(name, value, true, false);
        }

        static Figure count(String name, ToDoubleFunction<StepReport> value) {
            return new Figure(name, value, true, true);
        }

        /** The value in JSON, which has neither infinity nor NaN. */
        JsonElement json(StepReport report) {
            double number = value.applyAsDouble(report);
            if (whole) {
                return new JsonPrimitive((long) number);
            }
            return Double.isFinite(number) ? new JsonPrimitive(number) : JsonNull.INSTANCE;
        }
    }

    private static final String SKIPPED = "skipped";

    private static final List<Figure> FIGURES =
            List.of(
                    Figure.of("loss", StepReport::loss),
                    Figure.of("lr", StepReport::learningRate),
                    Figure.of("grad_norm", StepReport::gradientNorm),
                    Figure.of("scale", StepReport::scale),
                    Figure.count("samples", r -> r.work().samples()),
                    Figure.count("tokens", r -> r.work().tokens()),
                    Figure.count("labels", r -> r.work().labels()),
                    Figure.of("samples_per_s", StepReport::samplesPerSecond),
                    Figure.of("tokens_per_s", StepReport::tokensPerSecond),
                    Figure.of("tflops", StepReport::teraflops),
                    Figure.of("mfu", StepReport::mfu),
                    Figure.bytes("host_bytes", r -> r.memory().hostBytes()),
                    Figure.bytes("device_bytes", r -> r.memory().deviceBytes()),
                    Figure.of("step_s", StepReport::seconds),
                    Figure.of("data_s", r -> r.times().data()),
                    Figure.of("compute_s", r -> r.times().compute()),
                    Figure.of("reduce_s", r -> r.times().reduce()),
                    Figure.of("update_s", r -> r.times().update()));

    private StepFigures() {}

    /** The recorded figures of a step. */
    public static Map<String, Double> of(StepReport report) {
        Map<String, Double> values = new LinkedHashMap<>();
        for (Figure figure : FIGURES) {
            if (!figure.logOnly()) {
                values.put(figure.name(), figure.value().applyAsDouble(report));
            }
        }
        values.put(SKIPPED, report.skipped() ? 1.0 : 0.0);
        return values;
    }

    /** The recorded figures in a line written by {@link #line}. */
    static Map<String, Double> of(JsonObject line) {
        Map<String, Double> values = new LinkedHashMap<>();
        for (Figure figure : FIGURES) {
            JsonElement value = line.get(figure.name());
            if (!figure.logOnly() && value != null) {
                values.put(figure.name(), value.isJsonNull() ? Double.NaN : value.getAsDouble());
            }
        }
        values.put(SKIPPED, line.has(SKIPPED) ? 1.0 : 0.0);
        return values;
    }

    /** A line of {@code metrics.jsonl}; values that are not finite become null. */
    static JsonObject line(StepReport report) {
        JsonObject line = new JsonObject();
        line.addProperty("step", report.step());
        line.addProperty("epoch", report.epoch());
        FIGURES.forEach(figure -> line.add(figure.name(), figure.json(report)));
        if (report.skipped()) {
            line.addProperty(SKIPPED, true);
        }
        return line;
    }

    /** The means over an epoch. */
    static Map<String, Double> of(EpochReport report) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("epoch", report.epoch() + 1.0);
        values.put("epoch_loss", report.loss());
        values.put("epoch_lr", report.learningRate());
        report.heldOutLoss().ifPresent(loss -> values.put("valid_loss", loss));
        values.putAll(report.figures());
        values.put(
                "epoch_skipped_samples",
                report.skipped().values().stream().mapToDouble(Long::doubleValue).sum());
        return values;
    }
}
