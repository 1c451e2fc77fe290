package org.minigpt4j.track.page;

import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.XYStyler;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Draws a chart as an inline SVG that takes its colours from the page, so that one drawing fits
 * light and dark mode. It is drawn with placeholder colours, which are then replaced by the page's
 * CSS variables.
 */
public final class ThemedChart {

    /** Colour of the first curve. */
    public static final Color ACCENT = new Color(7, 8, 9);

    /** The faint curve in the background of the main one. */
    public static final Color FAINT = new Color(10, 11, 12);

    private static final Color INK = new Color(1, 2, 3);
    private static final Color LINE = new Color(4, 5, 6);
    private static final Color BARE = new Color(0, 0, 0, 0);

    private record Named(Color color, String variable) {}

    private static final List<Named> VARIABLES =
            List.of(
                    new Named(INK, "var(--muted)"),
                    new Named(LINE, "var(--line)"),
                    new Named(ACCENT, "var(--accent)"),
                    new Named(FAINT, "var(--faint)"),
                    new Named(new Color(13, 14, 15), "var(--warn)"),
                    new Named(new Color(16, 17, 18), "var(--good)"),
                    new Named(new Color(19, 20, 21), "var(--bad)"),
                    new Named(new Color(22, 23, 24), "var(--rule)"),
                    new Named(new Color(25, 26, 27), "var(--other)"));

    private static final Pattern LONG_NUMBER = Pattern.compile("(\\d+\\.\\d)\\d+(?=[^<]*>)");
    private static final Pattern PROLOGUE = Pattern.compile("(?s)^.*?(?=<svg )");
    private static final Pattern SIZE = Pattern.compile(" (?:height|width)=\"\\d+px\"");

    private ThemedChart() {}

    /** The colour of curve {@code i} of several. */
    static Color series(int i) {
        List<Named> colors = VARIABLES.subList(4, VARIABLES.size());
        return i == 0 ? ACCENT : colors.get((i - 1) % colors.size()).color();
    }

    /** Applies the page's style to a chart. */
    public static void style(XYStyler style) {
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
        style.setLocale(Locale.ROOT); // the same number format everywhere
        style.setLegendVisible(false);
        style.setLegendBackgroundColor(BARE);
        style.setLegendBorderColor(BARE);
        style.setLegendFont(font);
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
        style.setPlotContentSize(0.98);
        style.setChartPadding(8);
    }

    /**
     * The drawing; empty if this machine's Java has no font for the axes.
     *
     * @param id an identifier that is unique in the page
     * @param label a description for screen readers
     */
    public static Optional<String> svg(XYChart chart, String id, String label) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            VectorGraphicsEncoder.saveVectorGraphic(chart, bytes, VectorGraphicsFormat.SVG);
            return Optional.of(themed(bytes.toString(StandardCharsets.UTF_8), id, label));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // cannot happen in memory
        } catch (InternalError | UnsatisfiedLinkError | NoClassDefFoundError noFont) {
            return Optional.empty();
        }
    }

    private static String themed(String svg, String id, String label) {
        String text = PROLOGUE.matcher(svg).replaceFirst("");
        int head = text.indexOf('>');
        text =
                SIZE.matcher(text.substring(0, head)).replaceAll("")
                        + " role=\"img\" aria-label=\""
                        + HtmlPage.escape(label)
                        + "\""
                        + text.substring(head);
        for (Named named : VARIABLES) {
            Color c = named.color();
            String rgb =
                    String.format(
                            Locale.ROOT, "rgb(%d,%d,%d)", c.getRed(), c.getGreen(), c.getBlue());
            text = text.replace(rgb, named.variable());
        }
        // Ids must be unique in the page.
        String prefix = id.replaceAll("\\W", "-") + "-clip";
        text = text.replace("clip-path:url(#clip", "clip-path:url(#" + prefix);
        text = text.replace("clipPath id=\"clip", "clipPath id=\"" + prefix);
        text = text.replace("url(#clip", "url(#" + prefix);
        return LONG_NUMBER.matcher(text).replaceAll("$1");
    }
}
