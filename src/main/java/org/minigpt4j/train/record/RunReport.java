package org.minigpt4j.train.record;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.WholeLines;
import org.minigpt4j.track.page.Curves;
import org.minigpt4j.track.page.HtmlPage;
import org.minigpt4j.track.page.HtmlPage.Drawing;
import org.minigpt4j.track.page.HtmlPage.Tile;
import org.minigpt4j.track.store.Point;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes {@code report.html} of an output folder: key figures, smoothed curves, samples and the
 * configuration.
 */
public final class RunReport {

    private static final List<String> CURVES = List.of("loss", "lr", "grad_norm", "samples_per_s");
    private static final Map<String, String> NAMES =
            Map.of(
                    "loss", "Loss",
                    "lr", "Learning rate",
                    "grad_norm", "Gradient norm",
                    "samples_per_s", "Samples a second");
    private static final int LAST = 10;
    private static final String BYTES = "_bytes";

    private RunReport() {}

    /** Writes the page from the files in the folder. */
    public static void write(TrainConfig config, RunFolder folder) {
        Map<String, List<Point>> curves = curves(folder);
        String place = folder.root().toAbsolutePath().normalize().toString();
        HtmlPage page = new HtmlPage("Training: " + config.run().task(), place);
        page.tiles(tiles(curves));
        List<Drawing> drawings = new ArrayList<>();
        for (String metric : CURVES) {
            Optional.ofNullable(curves.get(metric))
                    .flatMap(points -> Curves.svg(metric, Map.of(NAMES.get(metric), points)))
                    .ifPresent(svg -> drawings.add(new Drawing(NAMES.get(metric), svg)));
        }
        page.heading("Curves").drawings(drawings);
        SampleSheet.read(folder.root()).ifPresent(sheet -> sheet.addTo(page));
        page.heading("Figures")
                .table(List.of("metric", "first", "last", "least", "most"), rows(curves));
        page.heading("Configuration").folded("All keys", List.of("key", "value"), keys(config));
        AtomicFile.writeString(folder.reportPage(), page.html());
    }

    private static List<List<String>> keys(TrainConfig config) {
        return config.flat().entrySet().stream()
                .map(pair -> List.of(pair.getKey(), ForeignText.withoutSecrets(pair.getValue())))
                .toList();
    }

    private static List<Tile> tiles(Map<String, List<Point>> curves) {
        List<Tile> tiles = new ArrayList<>();
        List<Point> loss = curves.getOrDefault("loss", List.of());
        if (!loss.isEmpty()) {
            tiles.add(
                    new Tile(
                            figure(
                                    mean(
                                            loss.subList(
                                                    Math.max(0, loss.size() - LAST), loss.size()))),
                            "loss at the end",
                            figure(mean(loss.subList(0, Math.min(LAST, loss.size()))))
                                    + " at the start"));
            long steps = loss.get(loss.size() - 1).step();
            List<Point> epochs = curves.getOrDefault("epoch", List.of());
            String of =
                    epochs.isEmpty()
                            ? ""
                            : String.format(
                                    Locale.ROOT,
                                    "in %d epochs",
                                    (long) epochs.get(epochs.size() - 1).value() + 1);
            tiles.add(
                    new Tile(
                            String.format(Locale.ROOT, "%,d", steps),
                            steps == 1 ? "step" : "steps",
                            of.equals("in 1 epochs") ? "in 1 epoch" : of));
        }
        last(curves, "samples_per_s")
                .ifPresent(
                        value ->
                                tiles.add(
                                        new Tile(figure(value), "samples a second", "at the end")));
        Optional.ofNullable(curves.get("host_bytes"))
                .ifPresent(
                        points ->
                                tiles.add(
                                        new Tile(
                                                megabytes(most(points)),
                                                "memory of the process",
                                                "at most")));
        return tiles;
    }

    private static double mean(List<Point> points) {
        return points.stream().mapToDouble(Point::value).average().orElse(Double.NaN);
    }

    private static double most(List<Point> points) {
        return points.stream().mapToDouble(Point::value).max().orElse(Double.NaN);
    }

    private static Optional<Double> last(Map<String, List<Point>> curves, String key) {
        return Optional.ofNullable(curves.get(key)).map(p -> p.get(p.size() - 1).value());
    }

    /**
     * Reads one curve from the {@code metrics.jsonl} in a run's output folder; empty if it is
     * missing.
     */
    public static List<Point> curve(Path output, String metric) {
        return curves(new RunFolder(output)).getOrDefault(metric, List.of());
    }

    /**
     * Reads the curves in {@code metrics.jsonl}, which has every step, whatever was recorded
     * elsewhere.
     */
    public static Map<String, List<Point>> curves(RunFolder folder) {
        Map<String, List<Point>> curves = new TreeMap<>();
        try {
            WholeLines.read(folder.metrics()).stream()
                    .map(RunReport::step)
                    .flatMap(Optional::stream)
                    .forEach(line -> line.keySet().forEach(key -> add(curves, key, line)));
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder.metrics(), e);
        }
        return curves;
    }

    private static Optional<JsonObject> step(String line) {
        try {
            return Optional.of(JsonParser.parseString(line).getAsJsonObject())
                    .filter(json -> isNumber(json.get("step")));
        } catch (JsonParseException | IllegalStateException e) {
            return Optional.empty(); // cut short by a crash
        }
    }

    private static boolean isNumber(JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isNumber();
    }

    private static void add(Map<String, List<Point>> curves, String key, JsonObject line) {
        if (isNumber(line.get(key)) && !key.equals("step")) {
            double value = line.get(key).getAsDouble();
            long step = line.get("step").getAsLong();
            curves.computeIfAbsent(key, k -> new ArrayList<>()).add(new Point(key, value, 0, step));
        }
    }

    private static List<List<String>> rows(Map<String, List<Point>> curves) {
        return curves.entrySet().stream()
                .map(curve -> row(curve.getKey(), curve.getValue()))
                .collect(Collectors.toList());
    }

    private static List<String> row(String key, List<Point> points) {
        var values = points.stream().mapToDouble(Point::value).summaryStatistics();
        boolean bytes = key.endsWith(BYTES);
        boolean whole = points.stream().allMatch(p -> p.value() == Math.rint(p.value()));
        List<String> row = new ArrayList<>();
        row.add(bytes ? key.substring(0, key.length() - BYTES.length()) + " memory" : key);
        for (double value :
                new double[] {
                    points.get(0).value(),
                    points.get(points.size() - 1).value(),
                    values.getMin(),
                    values.getMax()
                }) {
            row.add(
                    bytes
                            ? megabytes(value)
                            : whole ? String.format(Locale.ROOT, "%,.0f", value) : figure(value));
        }
        return row;
    }

    private static String megabytes(double bytes) {
        return String.format(Locale.ROOT, "%,.0f MB", bytes / 1e6);
    }

    private static String figure(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }
}
