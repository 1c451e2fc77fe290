package org.minigpt4j.track.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Browser;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.track.page.HtmlPage.Drawing;
import org.minigpt4j.track.page.HtmlPage.Tile;
import org.minigpt4j.track.store.Point;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every part of a page in Chromium, on a telephone and on a desk, in light and in dark. */
@Timeout(500)
class PageWidthIT {

    private static final int RUNS = 8;
    private static final String LONG = "run.".repeat(40) + "_".repeat(120) + "\u8868".repeat(90);

    @TempDir private Path temp;

    /** With the parts of report.html, samples.html and compare.html, filled to the brim. */
    private static String page() {
        List<String> head = new ArrayList<>(List.of("parameter"));
        List<String> wide = new ArrayList<>(List.of(LONG));
        List<String> numbers = new ArrayList<>(List.of("samples_per_s"));
        for (int run = 0; run < RUNS; run++) {
            head.add("a run with quite a long name, number " + run);
            wide.add("s3a://bucket/with/a/long/path/" + "x".repeat(60));
            numbers.add("" + (1234567.5 + run));
        }
        List<List<String>> rows = List.of(wide, numbers);
        List<Point> points = new ArrayList<>();
        for (int step = 1; step < 40; step++) {
            points.add(new Point("loss", 7.0 / step, step, step));
        }
        List<Drawing> drawings = new ArrayList<>();
        for (String name : List.of("loss", LONG)) {
            drawings.add(
                    new Drawing(
                            name,
                            Curves.svg(name, Map.of(LONG, points, "b", points)).orElseThrow()));
        }
        byte[] picture = new SceneWorld(1, 75).jpeg(1);
        return new HtmlPage("Training: " + LONG, "/a/folder/" + "y".repeat(200))
                .tiles(List.of(new Tile("1,234,567", "samples", "of 5,120,000"), tile(), tile()))
                .notice(LONG)
                .heading("Parameters that differ")
                .table(head, rows)
                .heading("Curves")
                .drawings(drawings)
                .note(LONG)
                .folded("Of the machine", head, rows)
                .heading("Samples")
                .card(picture, LONG, List.of(List.of("after epoch 1", LONG)))
                .card(picture, "a", List.of(List.of("after epoch 2", "a red ball")))
                .html();
    }

    private static Tile tile() {
        return new Tile("9".repeat(30), "z".repeat(80), LONG);
    }

    @Test
    void noPageIsWiderThanItsWindow() throws Exception {
        Optional<Path> chromium = Browser.find();
        assumeTrue(chromium.isPresent(), "no Chromium on this machine; .ci/run installs one");
        Path file = Files.writeString(temp.resolve("page.html"), page());
        try (Browser browser = Browser.start(chromium.get(), temp.resolve("profile"))) {
            for (boolean dark : List.of(false, true)) {
                for (int width : List.of(1280, 390)) {
                    browser.window(width, 900, dark);
                    browser.open(file.toUri());
                    browser.evaluate(
                            "document.querySelectorAll('details').forEach(d => d.open = true)");
                    assertEquals(List.of(), browser.complaints());
                    assertEquals(
                            0,
                            browser.evaluate(
                                            "document.documentElement.scrollWidth -"
                                                    + " document.documentElement.clientWidth")
                                    .getAsInt(),
                            "wider than its window of " + width);
                    assertEquals(
                            0,
                            browser.evaluate(
                                            "[...document.querySelectorAll('td, th')].filter(c =>"
                                                    + " c.scrollWidth > c.clientWidth + 1).length")
                                    .getAsInt(),
                            "cells whose text runs into their neighbours at " + width);
                    int[] pictures = {
                        browser.evaluate("document.images.length").getAsInt(),
                        browser.evaluate("[...document.images].filter(i => i.alt).length")
                                .getAsInt()
                    };
                    assertEquals(2, pictures[0]);
                    assertEquals(2, pictures[1], "with a text for those who do not see them");
                    String name = "page-" + width + (dark ? "-dark" : "-light") + ".png";
                    Files.write(Path.of("target", name), browser.screenshot());
                    String ground =
                            browser.evaluate("getComputedStyle(document.body).backgroundColor")
                                    .getAsString();
                    assertEquals(dark, isDark(ground), ground);
                }
            }
        }
    }

    /** Of {@code rgb(r, g, b)}. */
    private static boolean isDark(String colour) {
        String[] parts = colour.replaceAll("[^0-9,]", "").split(",");
        assertTrue(parts.length >= 3, colour);
        int sum = 0;
        for (int i = 0; i < 3; i++) {
            sum += Integer.parseInt(parts[i]);
        }
        return sum < 3 * 128;
    }
}
