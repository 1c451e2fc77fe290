package org.minigpt4j.prepare.report;

import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.minigpt4j.prepare.report.Histogram.Quantity;
import org.minigpt4j.track.page.ThemedChart;

import java.awt.BasicStroke;
import java.util.Locale;
import java.util.Optional;

/** A histogram as an inline SVG in the colours of the page, see {@link ThemedChart}. */
final class Plot {

    private static final int WIDTH = 560;
    private static final int HEIGHT = 260;

    private Plot() {}

    /** The drawing; empty where this machine's Java has no font to write the axes with. */
    static Optional<String> svg(Histogram histogram) {
        String label =
                "Histogram of %s; the table below has its numbers."
                        .formatted(axis(histogram.quantity()));
        return ThemedChart.svg(chart(histogram), histogram.quantity().name(), label);
    }

    private static XYChart chart(Histogram histogram) {
        Quantity quantity = histogram.quantity();
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .xAxisTitle(axis(quantity))
                        .yAxisTitle("pairs")
                        .build();
        double[] edges = new double[quantity.bins() + 1];
        double[] counts = new double[edges.length];
        for (int i = 0; i < edges.length; i++) {
            edges[i] = quantity.edge(i);
            // The last step has no width; it closes the one before.
            counts[i] = i < quantity.bins() ? histogram.counts().get(i) : 0;
        }
        XYSeries series = chart.addSeries("pairs", edges, counts);
        series.setXYSeriesRenderStyle(XYSeriesRenderStyle.StepArea);
        series.setMarker(SeriesMarkers.NONE);
        series.setFillColor(ThemedChart.ACCENT);
        series.setLineColor(ThemedChart.ACCENT);
        series.setLineStyle(new BasicStroke(0.5f));
        style(chart.getStyler(), quantity);
        return chart;
    }

    private static void style(XYStyler style, Quantity quantity) {
        ThemedChart.style(style);
        style.setXAxisMin(quantity.edge(0));
        style.setXAxisMax(quantity.edge(quantity.bins()));
        style.setYAxisMin(0.0);
        style.setyAxisTickLabelsFormattingFunction(Plot::pairs);
        style.setxAxisTickLabelsFormattingFunction(x -> label(quantity, x));
    }

    /** XChart wants to write at every edge of a bin; only round ones get a text. */
    private static String label(Quantity quantity, double edge) {
        double step =
                switch (quantity) {
                    case SHORTER_SIDE -> 200;
                    case ASPECT -> 1;
                    case CAPTION_WORDS -> 10;
                    case CAPTION_CHARACTERS -> 50;
                };
        if (Math.abs(edge / step - Math.rint(edge / step)) > 1e-6) {
            return "";
        }
        return quantity == Quantity.ASPECT ? Words.ratio(edge) : Words.count(Math.round(edge));
    }

    /** What is counted, with its unit. */
    static String axis(Quantity quantity) {
        return switch (quantity) {
            case SHORTER_SIDE -> "shorter side of the original, pixels";
            case ASPECT -> "width : height of the original";
            case CAPTION_WORDS -> "words";
            case CAPTION_CHARACTERS -> "characters";
        };
    }

    private static String pairs(double value) {
        if (value >= 1e9) {
            return String.format(Locale.ROOT, "%.1fG", value / 1e9);
        }
        if (value >= 1e6) {
            return String.format(Locale.ROOT, "%.1fM", value / 1e6);
        }
        return value >= 10_000
                ? String.format(Locale.ROOT, "%.0fk", value / 1e3)
                : Words.count(Math.round(value));
    }
}
