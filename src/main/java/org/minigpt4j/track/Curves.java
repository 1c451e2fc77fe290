package org.minigpt4j.track;

import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.ChartTheme;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Curves over steps as a PNG picture. */
public final class Curves {

    private static final int WIDTH = 900;
    private static final int HEIGHT = 420;
    private static final int MOST_POINTS = 2000;

    /** By how much the first step is drawn too late, see {@link #unit}. */
    private static final double UNEVEN = 1e-3;

    private Curves() {}

    /**
     * Draws one metric of one or more runs. Of very many points a regular part is drawn, and the
     * last; values that are not finite are left out.
     *
     * @param curves points in the order of steps, by the name in the legend
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
        Map<String, List<Point>> drawn = new LinkedHashMap<>();
        curves.forEach((name, points) -> drawn.put(name, thinned(points)));
        double unit = unit(drawn);
        chart.getStyler().setyAxisTickLabelsFormattingFunction(y -> label(y * unit));
        drawn.forEach((name, points) -> add(chart, name, points, unit));
        return chart;
    }

    /**
     * A power of ten in which values are drawn as millions. XChart takes values for equally spaced
     * whose distances differ by less than a ten-thousandth, as those of learning rates and of steps
     * do, and then writes some of them along the axis, with all their digits, for round numbers.
     */
    private static double unit(Map<String, List<Point>> curves) {
        double most =
                curves.values().stream()
                        .flatMap(List::stream)
                        .mapToDouble(point -> Math.abs(point.value()))
                        .max()
                        .orElse(0);
        return most == 0 ? 1 : Math.pow(10, Math.ceil(Math.log10(most)) - 6);
    }

    /** At most five digits that count. */
    static String label(double value) {
        BigDecimal rounded = new BigDecimal(value, new MathContext(5)).stripTrailingZeros();
        return Math.abs(value) < 1e-6 ? rounded.toString() : rounded.toPlainString();
    }

    private static void add(XYChart chart, String name, List<Point> points, double unit) {
        if (!points.isEmpty()) {
            double[] x = points.stream().mapToDouble(Point::step).toArray();
            x[0] += UNEVEN;
            double[] y = points.stream().mapToDouble(point -> point.value() / unit).toArray();
            chart.addSeries(name, x, y).setMarker(SeriesMarkers.NONE);
        }
    }

    private static List<Point> thinned(List<Point> points) {
        List<Point> finite = points.stream().filter(p -> Double.isFinite(p.value())).toList();
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
