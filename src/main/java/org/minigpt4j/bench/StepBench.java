package org.minigpt4j.bench;

import ai.djl.Device;
import ai.djl.engine.Engine;

import com.google.gson.JsonObject;

import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.Flops;
import org.minigpt4j.model.MatmulCeiling;
import org.minigpt4j.model.Preset;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Times whole stage-1 training steps with random weights and a preset's sizes: images to features,
 * loss, gradient, optimizer. Steps and figures match those of the Python script it is compared
 * with.
 *
 * @param preset the sizes
 * @param precision data type of the frozen linear maps
 * @param int8 whether the language model is in int8
 * @param recompute whether the language model's layers are recomputed in the backward pass
 * @param device the device to run on
 * @param batch samples per step
 * @param caption tokens per caption
 * @param steps number of measured steps, after three for warm-up
 */
public record StepBench(
        Preset preset,
        ComputePrecision precision,
        boolean int8,
        boolean recompute,
        Device device,
        int batch,
        int caption,
        int steps) {

    private static final int WARM_UP = 3;

    /** Runs the steps and returns the measurements. */
    public JsonObject run() {
        return run(false, line -> {});
    }

    /**
     * As {@link #run()}; with {@code profile} a table of where the time goes comes first.
     *
     * @param report gets the table line by line
     */
    public JsonObject run(boolean profile, Consumer<String> report) {
        try (SyntheticStep step =
                new SyntheticStep(preset, precision, int8, recompute, device, batch, caption)) {
            List<Double> seconds = new ArrayList<>();
            double loss = 0;
            for (int i = 0; i < WARM_UP + steps; i++) {
                long begin = System.nanoTime();
                loss = step.run();
                if (i >= WARM_UP) {
                    seconds.add((System.nanoTime() - begin) / 1e9);
                }
            }
            if (profile) {
                StepProfile.of(step::run, steps).table().forEach(report);
            }
            return figures(step.backbone(), seconds, loss);
        }
    }

    private JsonObject figures(Backbone backbone, List<Double> seconds, double loss) {
        double[] sorted = seconds.stream().mapToDouble(d -> d).sorted().toArray();
        double median = Median.of(sorted);
        int tokens = 1 + preset.qformer().queries() + caption;
        double flops =
                Flops.perSample(preset.vit(), preset.qformer(), preset.llama(), tokens, caption);
        int side = preset == Preset.NANO ? 1024 : device.isGpu() ? 8192 : 2048;
        double ceiling = MatmulCeiling.measure(backbone, precision, side);
        JsonObject json = new JsonObject();
        json.addProperty("engine", "minigpt4j");
        json.addProperty("torch", Engine.getInstance().getVersion());
        json.addProperty("preset", preset.toString());
        json.addProperty("dtype", precision.name().toLowerCase(Locale.ROOT));
        json.addProperty("int8", int8);
        json.addProperty("grad_checkpoint", recompute);
        json.addProperty("device", device.getDeviceType());
        json.addProperty("batch", batch);
        json.addProperty("tokens", tokens);
        json.addProperty("step_ms", round(median * 1e3, 1));
        json.addProperty("min_ms", round(sorted[0] * 1e3, 1));
        json.addProperty("samples_per_s", round(batch / median, 3));
        json.addProperty("tflop_per_sample", round(flops / 1e12, 4));
        json.addProperty("tflops", round(flops * batch / median / 1e12, 4));
        json.addProperty("matmul_tflops", round(ceiling / 1e12, 3));
        json.addProperty("mfu_of_matmul", round(flops * batch / median / ceiling, 3));
        json.addProperty("peak_mem_gb", round(PeakMemory.peakBytes(device) / 1e9, 2));
        json.addProperty("loss", round(loss, 4));
        return json;
    }

    private static double round(double value, int digits) {
        double factor = Math.pow(10, digits);
        return Math.round(value * factor) / factor;
    }
}
