package org.minigpt4j.train.record;

import ai.djl.Device;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.minigpt4j.train.EpochReport;
import org.minigpt4j.train.StepReport;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A step as values of metrics, under the names that {@code metrics.jsonl} has. */
public final class StepFigures {

    private static final List<String> LOGGED =
            List.of(
                    "loss",
                    "lr",
                    "grad_norm",
                    "scale",
                    "samples_per_s",
                    "tokens_per_s",
                    "tflops",
                    "mfu",
                    "step_s",
                    "data_s",
                    "compute_s",
                    "reduce_s",
                    "update_s",
                    "host_bytes",
                    "device_bytes");

    private StepFigures() {}

    /** The figures of a step; {@code devices} are those whose memory is looked at. */
    public static Map<String, Double> of(StepReport report, Collection<Device> devices) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("loss", report.loss());
        values.put("lr", report.learningRate());
        values.put("grad_norm", report.gradientNorm());
        values.put("scale", report.scale());
        values.put("skipped", report.skipped() ? 1.0 : 0.0);
        values.put("samples_per_s", report.samplesPerSecond());
        values.put("tokens_per_s", report.work().tokens() / report.seconds());
        values.put("tflops", report.work().flops() / report.seconds() / 1e12);
        values.put("mfu", report.mfu());
        values.put("step_s", report.seconds());
        values.put("data_s", report.phases().data());
        values.put("compute_s", report.phases().compute());
        values.put("reduce_s", report.phases().reduce());
        values.put("update_s", report.phases().update());
        values.put("host_bytes", (double) ProcessMemory.hostBytes());
        values.put("device_bytes", (double) ProcessMemory.deviceBytes(devices));
        return values;
    }

    /**
     * The figures of a line of {@code metrics.jsonl}, in which null stands for what is not finite.
     */
    static Map<String, Double> of(JsonObject line) {
        Map<String, Double> values = new LinkedHashMap<>();
        for (String name : LOGGED) {
            JsonElement value = line.get(name);
            if (value != null) {
                values.put(name, value.isJsonNull() ? Double.NaN : value.getAsDouble());
            }
        }
        values.put("skipped", line.has("skipped") ? 1.0 : 0.0);
        return values;
    }

    /** The means of an epoch. */
    static Map<String, Double> of(EpochReport report) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("epoch", report.epoch() + 1.0);
        values.put("epoch_loss", report.loss());
        values.put("epoch_lr", report.learningRate());
        report.heldOutLoss().ifPresent(loss -> values.put("valid_loss", loss));
        values.put(
                "epoch_skipped_samples",
                report.skipped().values().stream().mapToDouble(Long::doubleValue).sum());
        return values;
    }
}
