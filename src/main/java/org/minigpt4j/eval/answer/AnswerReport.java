package org.minigpt4j.eval.answer;

import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.eval.ScoreSheet;
import org.minigpt4j.eval.ScoreSheet.Figure;
import org.minigpt4j.eval.ScoreSheet.Item;
import org.minigpt4j.image.JpegEncoder;
import org.minigpt4j.image.PictureReader;
import org.minigpt4j.image.RgbImage;
import org.minigpt4j.track.page.HtmlPage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * An HTML page of answers: the scores, then pictures with the answers of the model and of people,
 * worst first. Changing the order needs no script: each card carries its position in each order as
 * a style.
 */
final class AnswerReport {

    private static final int SHOWN = 200;
    private static final int SIDE = 168;
    private static final int QUALITY = 80;
    private static final int REFERENCES = 10;

    private final PictureReader pictures = new PictureReader(SIDE);

    /** A selectable order of the cards. */
    private record Order(String name, Comparator<Item> by) {}

    String html(String title, QuestionSet set, ScoreSheet scores) {
        HtmlPage page = new HtmlPage(title);
        page.note(
                "%d of %d %ss scored."
                        .formatted(scores.items().size(), scores.of(), scores.unit()));
        page.heading("Figures");
        List<List<String>> rows = new ArrayList<>();
        for (Figure figure : scores.figures()) {
            String part = figure.part().isEmpty() ? "" : figure.part() + " ";
            rows.add(
                    List.of(
                            part + figure.name(),
                            figure.value().isPresent() ? number(figure.value().getAsDouble()) : "",
                            figure.mode().toString()));
        }
        page.table(List.of("figure", "value", "mode"), rows);
        scores.notes().forEach(page::note);
        cards(page, set, scores);
        return page.html();
    }

    private void cards(HtmlPage page, QuestionSet set, ScoreSheet scores) {
        Map<String, Question> questions = new HashMap<>();
        set.questions().forEach(question -> questions.put(question.id(), question));
        Comparator<Item> worst =
                Comparator.comparingDouble(item -> item.figures().getOrDefault(set.main(), 0.0));
        worst = set.lowerIsBetter() ? worst.reversed() : worst;
        List<Item> inFile = scores.items();
        List<Item> shown = inFile.stream().sorted(worst).limit(SHOWN).toList();
        page.heading("Answers");
        if (shown.size() < inFile.size()) {
            page.note(
                    "The worst %d of %d by %s.".formatted(shown.size(), inFile.size(), set.main()));
        }
        List<Order> orders =
                List.of(
                        new Order("worst first", worst),
                        new Order("best first", worst.reversed()),
                        new Order("as asked", Comparator.comparingInt(inFile::indexOf)),
                        new Order(
                                "longest answer first",
                                Comparator.comparingInt((Item item) -> -item.text().length())));
        StringBuilder html = new StringBuilder("<div class=\"orders\">\n");
        List<Map<String, Integer>> places = new ArrayList<>();
        for (int i = 0; i < orders.size(); i++) {
            String id = "order" + i;
            html.append(
                    "<input type=\"radio\" name=\"order\" id=\"%s\"%s><label for=\"%s\">%s</label>\n"
                            .formatted(
                                    id,
                                    i == 0 ? " checked" : "",
                                    id,
                                    HtmlPage.escape(orders.get(i).name())));
            Map<String, Integer> place = new HashMap<>();
            shown.stream()
                    .sorted(orders.get(i).by())
                    .forEach(item -> place.put(item.id(), place.size()));
            places.add(place);
        }
        html.append("<div class=\"ordered\">\n");
        for (Item item : shown) {
            StringBuilder style = new StringBuilder();
            for (int i = 0; i < orders.size(); i++) {
                style.append("--o" + i + ":" + places.get(i).get(item.id()) + ";");
            }
            html.append("<div class=\"card\" style=\"%s\">".formatted(style));
            html.append(card(questions.get(item.id()), item)).append("</div>\n");
        }
        page.markup(html.append("</div>\n</div>\n"));
    }

    private String card(Question question, Item item) {
        StringBuilder card = new StringBuilder(picture(question));
        card.append("<dl>\n");
        row(card, "id", item.id());
        row(card, "asked", question.text());
        row(card, "answer", item.text());
        question.references().stream()
                .distinct()
                .limit(REFERENCES)
                .forEach(reference -> row(card, "reference", reference));
        item.figures().forEach((name, value) -> row(card, name, number(value)));
        return card.append("</dl>").toString();
    }

    private static void row(StringBuilder card, String name, String value) {
        card.append(
                "<dt>%s</dt><dd>%s</dd>\n"
                        .formatted(HtmlPage.escape(name), HtmlPage.escape(value)));
    }

    private String picture(Question question) {
        try {
            byte[] pixels = pictures.read(question.picture().read());
            byte[] jpeg = JpegEncoder.encode(new RgbImage(SIDE, SIDE, pixels), QUALITY);
            return "<img alt=\"%s\" src=\"data:image/jpeg;base64,%s\">\n"
                    .formatted(
                            HtmlPage.escape("picture of " + question.id()),
                            Base64.getEncoder().encodeToString(jpeg));
        } catch (IOException | MiniGpt4Exception e) {
            return "<p>The picture cannot be shown.</p>\n"; // it was readable when the question was
            // answered
        }
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.format(Locale.ROOT, "%.4f", value);
    }
}
