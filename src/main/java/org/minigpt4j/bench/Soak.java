package org.minigpt4j.bench;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.minigpt4j.FailedException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Trends of memory and time over a long run, from its {@code metrics.jsonl}. The first tenth is
 * left out, because code is still being compiled and buffers are still growing.
 *
 * @param steps number of steps that count
 * @param host resident bytes of the process
 * @param device bytes in use on the fullest GPU; zero without a GPU
 * @param seconds time of a step, without waiting for data
 */
public record Soak(int steps, Trend host, Trend device, Trend seconds) {

    /** Minimum number of steps in a run, including the tenth that is left out. */
    public static final int LEAST_STEPS = Trend.BLOCKS * 10 / 9;

    /**
     * Reads a run's metrics.
     *
     * @throws FailedException if they cannot be read, or the run was too short
     */
    public static Soak of(Path metrics) {
        try {
            List<JsonObject> lines =
                    Files.readAllLines(metrics).stream()
                            .map(line -> JsonParser.parseString(line).getAsJsonObject())
                            .toList();
            List<JsonObject> counted = lines.subList(lines.size() / 10, lines.size());
            return new Soak(
                    counted.size(),
                    Trend.of(values(counted, "host_bytes")),
                    Trend.of(values(counted, "device_bytes")),
                    Trend.of(values(counted, "compute_s")));
        } catch (IOException | IllegalArgumentException e) {
            throw new FailedException(metrics + ": " + e.getMessage(), e);
        }
    }

    private static double[] values(List<JsonObject> lines, String name) {
        return lines.stream().mapToDouble(line -> line.get(name).getAsDouble()).toArray();
    }

    /** The fitted trend of each figure, and its growth over all steps. */
    public JsonObject figures() {
        JsonObject json = new JsonObject();
        json.addProperty("steps", steps);
        json.add("host_mb", figures(host, 1e-6));
        if (device.last() > 0) {
            json.add("device_mb", figures(device, 1e-6));
        }
        json.add("step_ms", figures(seconds, 1e3));
        return json;
    }

    private JsonObject figures(Trend trend, double unit) {
        JsonObject json = new JsonObject();
        json.addProperty("first", round(trend.first() * unit));
        json.addProperty("last", round(trend.last() * unit));
        json.addProperty("slope_per_1000", round(trend.slope() * unit * 1000));
        json.addProperty("slope_from", round(trend.low() * unit * 1000));
        json.addProperty("slope_to", round(trend.high() * unit * 1000));
        json.addProperty("growth_percent", round(100 * trend.growth(steps)));
        json.addProperty("flat", trend.isFlat());
        return json;
    }

    private static double round(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
