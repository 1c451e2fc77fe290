package org.minigpt4j.nano.quick;

import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.nano.exam.ExamPaper;
import org.minigpt4j.track.page.Curves;
import org.minigpt4j.track.page.HtmlPage;
import org.minigpt4j.track.page.HtmlPage.Drawing;
import org.minigpt4j.track.page.HtmlPage.Tile;
import org.minigpt4j.track.store.Point;
import org.minigpt4j.train.record.RunReport;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code report.html} of a quickstart: curves, results, pictures and configuration in one file. */
public final class QuickstartPage {

    private QuickstartPage() {}

    /** Writes the page. */
    public static void write(
            Path file,
            QuickstartResults results,
            ExamPaper paper,
            List<ShownPicture> shown,
            List<TrainConfig> stages) {
        HtmlPage page = new HtmlPage("Quickstart: two stages in the small world");
        page.tiles(
                List.of(
                        tile(results.before().answers(), "before training"),
                        tile(results.stage1().answers(), "after stage 1"),
                        tile(results.stage2().answers(), "after stage 2"),
                        new Tile(
                                percent(results.ceiling()),
                                "the language model alone",
                                "the scene in words")));
        page.heading("Pictures it never saw");
        for (ShownPicture picture : shown) {
            page.card(
                    paper.world().jpeg(picture.scene()),
                    picture.truth(),
                    List.of(
                            List.of("question", picture.question()),
                            List.of("before training", said(picture, 0)),
                            List.of("after stage 1", said(picture, 1)),
                            List.of("after stage 2", said(picture, 2)),
                            List.of("true", picture.truth())));
        }
        page.heading("Results").table(QuickstartResults.head(), results.rows());
        page.note(results.ceilingSentence());
        List<Drawing> drawings = new ArrayList<>();
        for (int i = 0; i < stages.size(); i++) {
            String name = "Loss, stage " + (i + 1);
            List<Point> loss =
                    RunReport.curves(new RunFolder(stages.get(i).run().outputDir()))
                            .getOrDefault("loss", List.of());
            Curves.svg(name, Map.of("loss", loss))
                    .ifPresent(svg -> drawings.add(new Drawing(name, svg)));
        }
        page.heading("Curves").drawings(drawings);
        page.heading("Configuration");
        for (int i = 0; i < stages.size(); i++) {
            page.folded(
                    "All keys of stage " + (i + 1),
                    List.of("key", "value"),
                    stages.get(i).flat().entrySet().stream()
                            .map(
                                    pair ->
                                            List.of(
                                                    pair.getKey(),
                                                    ForeignText.withoutSecrets(pair.getValue())))
                            .toList());
        }
        AtomicFile.writeString(file, page.html());
    }

    private static Tile tile(double answers, String when) {
        return new Tile(percent(answers), "right answers", when);
    }

    private static String said(ShownPicture picture, int state) {
        String text = picture.said().get(state);
        return text.isEmpty() ? "(nothing)" : text;
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }
}
