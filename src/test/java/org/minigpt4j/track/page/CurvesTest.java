package org.minigpt4j.track.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.knowm.xchart.BitmapEncoder;
import org.minigpt4j.track.store.Point;

import java.io.ByteArrayInputStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

import javax.imageio.ImageIO;

/** Pictures of curves, as far as a program can look at them. */
class CurvesTest {

    private static List<Point> points(int steps, IntToDoubleFunction value) {
        return IntStream.rangeClosed(1, steps)
                .mapToObj(step -> new Point("lr", value.applyAsDouble(step), 0, step))
                .toList();
    }

    @Test
    void stepsAndLearningRatesAreLabelledWithRoundNumbers() {
        var chart =
                Curves.chart(
                        "lr",
                        Map.of("lr", points(150, i -> 1e-4 * (1 + Math.cos(Math.PI * i / 150)))));
        Set<String> labels = new TreeSet<>();
        Set<Double> steps = new TreeSet<>();
        var label = chart.getStyler().getyAxisTickLabelsFormattingFunction();
        chart.getStyler()
                .setyAxisTickLabelsFormattingFunction(
                        y -> {
                            labels.add(label.apply(y));
                            return label.apply(y);
                        })
                .setxAxisTickLabelsFormattingFunction(
                        x -> {
                            steps.add(x);
                            return "" + x;
                        });
        BitmapEncoder.getBufferedImage(chart);
        assertTrue(labels.contains("0.0001"), labels.toString());
        // XChart asks for the extremes too, whose room it looks for.
        assertTrue(labels.stream().filter(text -> text.length() > 8).count() <= 2, "" + labels);
        assertTrue(steps.size() > 3, steps.toString());
        assertTrue(steps.stream().filter(step -> step % 5 != 0).count() <= 2, "" + steps);
    }

    @Test
    void aMetricThatIsZeroOrNeverFiniteIsDrawnToo() throws Exception {
        for (double value : new double[] {0, Double.NaN}) {
            byte[] png = Curves.png("lr", Map.of("lr", points(9, i -> value)));
            assertTrue(ImageIO.read(new ByteArrayInputStream(png)).getWidth() > 100);
        }
    }

    @Test
    void aDrawingForAPageHasItsColoursAndAMean() {
        String svg =
                Curves.svg("loss", Map.of("loss", points(200, i -> i % 2 == 0 ? 1 : 3)))
                        .orElseThrow();
        assertTrue(svg.contains("var(--accent)") && svg.contains("var(--faint)"), svg);
        assertTrue(svg.contains("aria-label=\"loss by step: loss from 3 to 1\""), svg);
        assertTrue(!svg.matches("(?s).*rgb\\([1-9].*"), "a stand-in colour is left");
        List<Point> means = Curves.smoothed(points(200, i -> i % 2 == 0 ? 1 : 3));
        assertEquals(2, means.get(199).value(), 0.3);
        List<Point> few = points(9, i -> i);
        assertEquals(few, Curves.smoothed(few));
    }

    @Test
    void labelsHaveTheDigitsThatCount() {
        assertEquals("0.0001", Curves.label(1e-4));
        assertEquals("-2.5", Curves.label(-2.5000000001));
        assertEquals("850000000", Curves.label(8.5e8));
        assertEquals("3E-9", Curves.label(3e-9));
        assertEquals("0", Curves.label(0));
    }
}
