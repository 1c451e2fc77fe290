package org.minigpt4j.track.page;

import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.ChartTheme;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.minigpt4j.track.store.Point;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Draws curves over steps, as PNG or as SVG for a page. */
public final class Curves {

    private static final int WIDTH = 900;
    private static final int HEIGHT = 420;
    private static final int MOST_POINTS = 2000;

    /** Curves with at most this many points are not smoothed. */
    private static final int SMOOTHED = 40;

    private static final Set<String> SMOOTH_ALREADY = Set.of("lr", "scale");

    /**
     * A small shift of the first step. With equally spaced values XChart labels the axis with some
     * of them (1, 6, 11) instead of round numbers.
     */
    private static final double UNEVEN = 1e-3;

    private Curves() {}

    /**
     * Draws one metric of one or more runs. Curves with very many points are thinned out regularly,
     * keeping the last point. Values that are not finite are omitted.
     *
     * @param curves points sorted by step, by name in the legend
     */
    public static byte[] png(String title, Map<String, List<Point>> curves) {
        XYChart chart = chart(title, curves);
        try (var out = new ByteArrayOutputStream()) {
            BitmapEncoder.saveBitmap(chart, out, BitmapFormat.PNG);
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Draws one metric of one or more runs for a page: for a single run, its exponential mean with
     * the values faintly in the background; for several runs, only their means.
     */
    public static Optional<String> svg(String title, Map<String, List<Point>> curves) {
        XYChart chart = new XYChartBuilder().width(560).height(280).xAxisTitle("step").build();
        ThemedChart.style(chart.getStyler());
        double scale = scale(curves);
        chart.getStyler().setyAxisTickLabelsFormattingFunction(y -> label(y / scale));
        chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
        chart.getStyler().setLegendVisible(curves.size() > 1);
        chart.getStyler().setLegendSeriesLineLength(14);
        int number = 0;
        for (var curve : curves.entrySet()) {
            List<Point> points =
                    finite(curve.getValue()).stream()
                            .map(p -> new Point(p.key(), scale * p.value(), 0, p.step()))
                            .toList();
            boolean smooth = points.size() > SMOOTHED && !SMOOTH_ALREADY.contains(title);
            if (curves.size() == 1 && smooth) {
                line(
                        chart,
                        curve.getKey() + " of each step",
                        thinned(points),
                        ThemedChart.FAINT,
                        1f);
            }
            Color color = ThemedChart.series(number++);
            line(chart, curve.getKey(), thinned(smooth ? smoothed(points) : points), color, 1.8f);
        }
        String label = "%s by step: %s".formatted(title, String.join("; ", described(curves)));
        return ThemedChart.svg(chart, "curve-" + title, label);
    }

    /**
     * The factor that brings the values close to one; XChart treats very small values as equally
     * spaced.
     */
    private static double scale(Map<String, List<Point>> curves) {
        double most =
                curves.values().stream()
                        .flatMap(points -> finite(points).stream())
                        .mapToDouble(point -> Math.abs(point.value()))
                        .max()
                        .orElse(0);
        return most > 0 && most < 0.1 ? Math.pow(10, Math.ceil(-Math.log10(most))) : 1;
    }

    private static List<String> described(Map<String, List<Point>> curves) {
        List<String> sentences = new ArrayList<>();
        curves.forEach(
                (name, all) -> {
                    List<Point> points = finite(all);
                    sentences.add(
                            points.isEmpty()
                                    ? name + " has no values"
                                    : "%s from %s to %s"
                                            .formatted(
                                                    name,
                                                    label(points.get(0).value()),
                                                    label(points.get(points.size() - 1).value())));
                });
        return sentences;
    }

    private static void line(
            XYChart chart, String name, List<Point> points, Color color, float width) {
        if (!points.isEmpty()) {
            add(chart, name, points);
            chart.getSeriesMap().get(name).setLineColor(color).setLineStyle(new BasicStroke(width));
        }
    }

    /** Exponential means over about a twentieth of the curve; unchanged if there are few points. */
    static List<Point> smoothed(List<Point> points) {
        if (points.size() <= SMOOTHED) {
            return points;
        }
        double keep = 1 - 2.0 / (Math.min(500, points.size() / 20.0) + 1);
        double sum = 0;
        double weight = 0;
        List<Point> means = new ArrayList<>(points.size());
        for (Point point : points) {
            sum = keep * sum + (1 - keep) * point.value();
            weight = keep * weight + (1 - keep);
            means.add(new Point(point.key(), sum / weight, point.timestamp(), point.step()));
        }
        return means;
    }

    private static List<Point> finite(List<Point> points) {
        return points.stream().filter(p -> Double.isFinite(p.value())).toList();
    }

    static XYChart chart(String title, Map<String, List<Point>> curves) {
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title(title)
                        .xAxisTitle("step")
                        .theme(ChartTheme.XChart)
                        .build();
        chart.getStyler()
                .setLegendPosition(LegendPosition.OutsideS)
                .setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setLegendVisible(curves.size() > 1);
        chart.getStyler().setLocale(Locale.ROOT);
        chart.getStyler().setyAxisTickLabelsFormattingFunction(Curves::label);
        curves.forEach((name, points) -> add(chart, name, thinned(points)));
        return chart;
    }

    /** Formats a value with at most five significant digits. */
    static String label(double value) {
        BigDecimal rounded = new BigDecimal(value, new MathContext(5)).stripTrailingZeros();
        return Math.abs(value) < 1e-6 ? rounded.toString() : rounded.toPlainString();
    }

    private static void add(XYChart chart, String name, List<Point> points) {
        if (!points.isEmpty()) {
            double[] x = points.stream().mapToDouble(Point::step).toArray();
            x[0] += UNEVEN;
            double[] y = points.stream().mapToDouble(Point::value).toArray();
            chart.addSeries(name, x, y).setMarker(SeriesMarkers.NONE);
        }
    }

    private static List<Point> thinned(List<Point> points) {
        List<Point> finite = finite(points);
        int every = Math.max(1, finite.size() / MOST_POINTS);
        List<Point> kept = new ArrayList<>();
        for (int i = 0; i < finite.size(); i++) {
            if (i % every == 0 || i == finite.size() - 1) {
                kept.add(finite.get(i));
            }
        }
        return kept;
    }
}
