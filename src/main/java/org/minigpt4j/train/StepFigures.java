package org.minigpt4j.train;

import ai.djl.Device;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** A step as values of metrics, under the names that {@code metrics.jsonl} has. */
final class StepFigures {

    private StepFigures() {}

    static Map<String, Double> of(StepReport report, Collection<Device> devices) {
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
        values.put("host_bytes", (double) Memory.hostBytes());
        values.put("device_bytes", (double) Memory.deviceBytes(devices));
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
