package org.minigpt4j.track.page;

import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.ChartTheme;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.minigpt4j.track.store.Point;

import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Curves over steps as a PNG picture. */
public final class Curves {

    private static final int WIDTH = 900;
    private static final int HEIGHT = 420;
    private static final int MOST_POINTS = 2000;

    /**
     * By how much the first step is drawn too late: along values that are equally spaced XChart
     * writes some of them, 1, 6, 11, for round numbers.
     */
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
        chart.getStyler().setyAxisTickLabelsFormattingFunction(Curves::label);
        curves.forEach((name, points) -> add(chart, name, thinned(points)));
        return chart;
    }

    /** At most five digits that count. */
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
