package org.minigpt4j.prepare.report;

import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.minigpt4j.prepare.report.Histogram.Quantity;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A histogram as an inline SVG that takes its colours from the page, so that one drawing serves
 * light and dark: it is drawn in stand-in colours, which then become the page's CSS variables.
 */
final class Plot {

    private static final Color INK = new Color(1, 2, 3);
    private static final Color LINE = new Color(4, 5, 6);
    private static final Color BAR = new Color(7, 8, 9);
    private static final Color BARE = new Color(0, 0, 0, 0);
    private static final Map<Color, String> VARIABLES =
            Map.of(INK, "var(--muted)", LINE, "var(--line)", BAR, "var(--accent)");

    private static final int WIDTH = 560;
    private static final int HEIGHT = 260;
    private static final Pattern LONG_NUMBER = Pattern.compile("(\\d+\\.\\d)\\d+");
    private static final Pattern PROLOGUE = Pattern.compile("(?s)^.*?(?=<svg )");
    private static final Pattern SIZE = Pattern.compile(" (?:height|width)=\"\\d+px\"");

    private Plot() {}

    /** The drawing; empty where this machine's Java has no font to write the axes with. */
    static Optional<String> svg(Histogram histogram) {
        try {
            XYChart chart = chart(histogram);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            VectorGraphicsEncoder.saveVectorGraphic(chart, bytes, VectorGraphicsFormat.SVG);
            return Optional.of(themed(bytes.toString(StandardCharsets.UTF_8), histogram));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // from memory to memory
        } catch (InternalError | UnsatisfiedLinkError | NoClassDefFoundError noFont) {
            return Optional.empty();
        }
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
        series.setFillColor(BAR);
        series.setLineColor(BAR);
        series.setLineStyle(new BasicStroke(0.5f));
        style(chart.getStyler(), quantity);
        return chart;
    }

    private static void style(XYStyler style, Quantity quantity) {
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
        style.setLegendVisible(false);
        style.setChartTitleVisible(false);
        style.setChartBackgroundColor(BARE);
        style.setPlotBackgroundColor(BARE);
        style.setPlotBorderVisible(false);
        style.setPlotGridVerticalLinesVisible(false);
        style.setPlotGridLinesColor(LINE);
        style.setPlotGridLinesStroke(new BasicStroke(1));
        style.setAxisTickMarksColor(LINE);
        style.setAxisTickLabelsColor(INK);
        style.setAxisTickLabelsFont(font);
        style.setAxisTitleFont(font);
        style.setChartFontColor(INK);
        style.setXAxisTitleColor(INK);
        style.setYAxisTitleColor(INK);
        style.setXAxisMin(quantity.edge(0));
        style.setXAxisMax(quantity.edge(quantity.bins()));
        style.setYAxisMin(0.0);
        style.setPlotContentSize(0.98);
        style.setChartPadding(8);
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

    private static String themed(String svg, Histogram histogram) {
        String text = PROLOGUE.matcher(svg).replaceFirst("");
        int head = text.indexOf('>');
        String label =
                "Histogram of %s; the table below has its numbers."
                        .formatted(axis(histogram.quantity()));
        text =
                SIZE.matcher(text.substring(0, head)).replaceAll("")
                        + " role=\"img\" aria-label=\""
                        + Html.escape(label)
                        + "\""
                        + text.substring(head);
        for (var entry : VARIABLES.entrySet()) {
            Color c = entry.getKey();
            String rgb =
                    String.format(
                            Locale.ROOT, "rgb(%d,%d,%d)", c.getRed(), c.getGreen(), c.getBlue());
            text = text.replace(rgb, entry.getValue());
        }
        // Ids are the page's own: two drawings must not share them.
        String prefix = histogram.quantity().name().toLowerCase(Locale.ROOT) + "-clip";
        text = text.replace("clip-path:url(#clip", "clip-path:url(#" + prefix);
        text = text.replace("clipPath id=\"clip", "clipPath id=\"" + prefix);
        text = text.replace("url(#clip", "url(#" + prefix);
        return LONG_NUMBER.matcher(text).replaceAll("$1");
    }
}
