package org.minigpt4j.track;

import com.google.gson.GsonBuilder;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.track.store.Point;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The range in which a metric's curve should stay: a lowest and a highest value at certain steps,
 * each for the mean over the last few steps. A band is computed from several runs that differ in
 * their seeds, or written by hand; runs are then compared with it.
 *
 * @param metric the metric of the curve
 * @param window number of steps in each mean
 * @param runs a description of the runs that it was computed from
 * @param params the parameters of these runs that shape a curve and are the same in all of them
 * @param limits sorted by step
 */
public record CurveBand(
        String metric,
        int window,
        List<String> runs,
        Map<String, String> params,
        List<Limit> limits) {

    private static final int FORMAT = 1;
    private static final String BUILT_IN = "/org/minigpt4j/nano/bands/%s.json";

    /** Standard deviations are averaged over this many windows before and after each one. */
    private static final int POOLED = 4;

    /** The smallest distance from the mean to a limit, as a share of the mean. */
    private static final double LEAST = 0.01;

    /** The default number of windows in a band. */
    private static final int WINDOWS = 20;

    /** Parameters that shape a curve. */
    private static final List<String> SHAPING =
            List.of(
                    "model.freeze_qformer",
                    "model.max_txt_len",
                    "model.num_query_token",
                    "run.init_lr",
                    "run.min_lr",
                    "run.warmup_lr",
                    "run.warmup_steps",
                    "run.weight_decay",
                    "run.max_epoch",
                    "run.iters_per_epoch",
                    "run.batch_size_train",
                    "run.micro_batches",
                    "run.accum_grad_iters",
                    "run.loss_reduction");

    /** The range for the mean over the steps up to {@code step}. */
    public record Limit(long step, double low, double high) {}

    /** A run's curve; {@code params} may be empty. */
    public record Curve(String name, Map<String, String> params, List<Point> points) {}

    /**
     * Computes a band that contains all these curves, up to the end of the shortest one.
     *
     * @param window number of steps in each mean; 0 for a twentieth of the shortest curve
     * @param spread number of standard deviations from the mean to each limit
     * @throws UsageException if there are too few curves, or one is shorter than the window
     */
    public static CurveBand of(String metric, int window, double spread, List<Curve> curves) {
        if (curves.size() < 2) {
            throw new UsageException("a band needs at least two runs; three or more are better");
        }
        List<NavigableMap<Long, Double>> values =
                curves.stream().map(curve -> bySteps(curve.points())).toList();
        long shortest =
                values.stream().mapToLong(v -> v.isEmpty() ? 0 : v.lastKey()).min().orElseThrow();
        int steps = window > 0 ? window : (int) Math.max(1, shortest / WINDOWS);
        if (shortest < steps) {
            throw new UsageException(
                    "the shortest of the runs has %d steps of %s, fewer than a window of %d"
                            .formatted(shortest, metric, steps));
        }
        List<double[]> means = new ArrayList<>();
        List<Long> ends = new ArrayList<>();
        for (long end = steps; end <= shortest; end += steps) {
            long last = end;
            double[] here = values.stream().mapToDouble(v -> mean(v, last, steps)).toArray();
            for (int i = 0; i < here.length; i++) {
                if (!Double.isFinite(here[i])) {
                    throw new UsageException(
                            "%s of %s has no finite values in the steps up to %d"
                                    .formatted(metric, curves.get(i).name(), last));
                }
            }
            means.add(here);
            ends.add(end);
        }
        List<Limit> limits = new ArrayList<>();
        for (int i = 0; i < means.size(); i++) {
            double mean = mean(means.get(i));
            // The mean of these runs is itself uncertain, which adds to a further run's deviation.
            double deviation = deviation(means, i) * Math.sqrt(1 + 1.0 / curves.size());
            double half = Math.max(spread * deviation, LEAST * Math.abs(mean));
            double low = mean - half;
            double high = mean + half;
            for (double value : means.get(i)) {
                low = Math.min(low, value);
                high = Math.max(high, value);
            }
            limits.add(new Limit(ends.get(i), low, high));
        }
        List<String> names = curves.stream().map(Curve::name).toList();
        return new CurveBand(metric, steps, names, common(curves), limits);
    }

    /**
     * The standard deviation at a window. Neighbouring windows are pooled, because a few runs give
     * a poor estimate.
     */
    private static double deviation(List<double[]> means, int at) {
        double variance = 0;
        int from = Math.max(0, at - POOLED);
        int to = Math.min(means.size() - 1, at + POOLED);
        for (int i = from; i <= to; i++) {
            double[] values = means.get(i);
            double mean = mean(values);
            for (double value : values) {
                variance += (value - mean) * (value - mean) / (values.length - 1);
            }
        }
        return Math.sqrt(variance / (to - from + 1));
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static Map<String, String> common(List<Curve> curves) {
        Map<String, String> common = new LinkedHashMap<>();
        for (String key : SHAPING) {
            List<Optional<String>> all =
                    curves.stream()
                            .map(curve -> Optional.ofNullable(curve.params().get(key)))
                            .distinct()
                            .toList();
            if (all.size() == 1) {
                all.get(0).ifPresent(value -> common.put(key, value));
            }
        }
        return common;
    }

    /** The values by step; if a step was recorded twice, the last value counts. */
    private static NavigableMap<Long, Double> bySteps(List<Point> points) {
        NavigableMap<Long, Double> values = new TreeMap<>();
        points.forEach(point -> values.put(point.step(), point.value()));
        return values;
    }

    /**
     * The mean over the {@code window} steps up to {@code last}; NaN if none of them was recorded.
     */
    private static double mean(NavigableMap<Long, Double> values, long last, int window) {
        return values.subMap(last - window, false, last, true).values().stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElse(Double.NaN);
    }

    /**
     * A mean that is outside its limit or not a number.
     *
     * @param limit the limit that it should have kept
     */
    public record Departure(Limit limit, double value) {

        /** The distance to the limit; infinite for NaN. */
        public double distance() {
            double distance = Math.max(limit.low - value, value - limit.high);
            return Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance;
        }
    }

    /**
     * The result of a comparison.
     *
     * @param compared limits that the run has reached
     * @param departures the limits that it did not keep, sorted by step
     * @param differences descriptions of the run's parameters that differ from the band's
     */
    public record Verdict(
            List<Limit> compared, List<Departure> departures, List<String> differences) {

        /** Whether the run kept all limits that it has reached. */
        public boolean isInside() {
            return departures.isEmpty();
        }

        /** The departure with the greatest distance. */
        public Departure worst() {
            Departure worst = departures.get(0);
            for (Departure departure : departures) {
                worst = departure.distance() > worst.distance() ? departure : worst;
            }
            return worst;
        }
    }

    /**
     * Compares a run with the band, up to the run's latest step.
     *
     * @throws UsageException if it has not reached the first limit
     */
    public Verdict compare(Curve run) {
        NavigableMap<Long, Double> values = bySteps(run.points());
        long last = values.isEmpty() ? 0 : values.lastKey();
        List<Limit> compared = limits.stream().filter(limit -> limit.step <= last).toList();
        if (compared.isEmpty()) {
            throw new UsageException(
                    "%s has %d steps of %s, and the band begins at step %d"
                            .formatted(run.name(), last, metric, limits.get(0).step));
        }
        List<Departure> departures =
                compared.stream()
                        .map(limit -> new Departure(limit, mean(values, limit.step, window)))
                        .filter(departure -> departure.distance() > 0)
                        .toList();
        List<String> differences = new ArrayList<>();
        params.forEach(
                (key, value) -> {
                    String own = run.params().get(key);
                    if (own != null && !isSame(own, value)) {
                        differences.add(
                                "%s is %s; the band's runs had %s".formatted(key, own, value));
                    }
                });
        return new Verdict(compared, departures, differences);
    }

    /** Whether two values are equal; numbers are compared by value, such as 1.0E-4 and 0.0001. */
    private static boolean isSame(String one, String other) {
        try {
            return one.equals(other) || Double.parseDouble(one) == Double.parseDouble(other);
        } catch (NumberFormatException words) {
            return false;
        }
    }

    /**
     * A band that comes with the program, such as {@code stage1} for the first run of the
     * quickstart; empty if there is none with this name.
     */
    public static Optional<CurveBand> builtIn(String name) {
        if (!name.matches("[a-z0-9_]+")) {
            return Optional.empty();
        }
        String resource = BUILT_IN.formatted(name);
        try (InputStream in = CurveBand.class.getResourceAsStream(resource)) {
            return in == null
                    ? Optional.empty()
                    : Optional.of(of(ForeignJson.parse(resource, in.readAllBytes())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a band from a file.
     *
     * @throws UsageException if the file is not a band
     */
    public static CurveBand read(Path file) {
        return of(ForeignJson.read(file));
    }

    private static CurveBand of(ForeignJson file) {
        if (file.at("format").integer(1, Integer.MAX_VALUE) != FORMAT) {
            throw file.at("format").wrong("%d, which is what this version reads".formatted(FORMAT));
        }
        List<Limit> limits = new ArrayList<>();
        long before = 0;
        for (ForeignJson point : file.at("limits").elements()) {
            long step = point.at("step").longInteger(before + 1, Long.MAX_VALUE);
            double low = point.at("low").number(-Double.MAX_VALUE, Double.MAX_VALUE);
            double high = point.at("high").number(low, Double.MAX_VALUE);
            limits.add(new Limit(step, low, high));
            before = step;
        }
        if (limits.isEmpty()) {
            throw file.at("limits").wrong("a list of at least one limit");
        }
        List<String> runs = new ArrayList<>();
        if (file.at("runs").isPresent()) {
            file.at("runs").elements().forEach(run -> runs.add(run.text()));
        }
        Map<String, String> params = new LinkedHashMap<>();
        if (file.at("params").isPresent()) {
            file.at("params").members().forEach((key, value) -> params.put(key, value.text()));
        }
        return new CurveBand(
                file.at("metric").text(),
                file.at("window").integer(1, Integer.MAX_VALUE),
                runs,
                params,
                limits);
    }

    /** The band as JSON, in the format that {@link #read} reads. */
    public String json() {
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("format", FORMAT);
        file.put("metric", metric);
        file.put("window", window);
        file.put("runs", runs);
        file.put("params", params);
        file.put("limits", limits);
        String json =
                new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(file);
        return json + "\n";
    }
}
