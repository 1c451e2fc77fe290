package org.minigpt4j.track.page;

import org.minigpt4j.io.ForeignText;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Builds all HTML pages of this program. A page loads nothing: styles, drawings and pictures are
 * embedded, and its content security policy forbids scripts. All text is escaped. Pages follow the
 * reader's light or dark mode and fit phone screens.
 */
public final class HtmlPage {

    private static final Pattern NUMBER =
            Pattern.compile("-?[\\d,]*\\.?\\d+(?:[eE][-+]?\\d+)?(?: ?(?:%|[kMGTP]?B|s|/ s))?|NaN");

    private final StringBuilder body = new StringBuilder(1 << 16);
    private final String title;
    private boolean inSection;

    /** A number in a box: the number, its label, and a remark. */
    public record Tile(String figure, String what, String more) {}

    /** Creates an empty page. */
    public HtmlPage(String title) {
        this(title, "");
    }

    /** Creates an empty page about the contents of a place. */
    public HtmlPage(String title, String place) {
        this.title = title;
        add("<header>\n<h1>%s</h1>\n", escape(title));
        if (!place.isEmpty()) {
            add("<p class=\"place\"><bdi>%s</bdi></p>\n", escape(place));
        }
        add("</header>\n");
    }

    /** Starts a section. */
    public HtmlPage heading(String text) {
        endSection();
        inSection = true;
        add("<section>\n<h2>%s</h2>\n", escape(text));
        return this;
    }

    private void endSection() {
        if (inSection) {
            add("</section>\n");
        }
        inSection = false;
    }

    /** Adds numbers in boxes, outside of sections. */
    public HtmlPage tiles(List<Tile> tiles) {
        endSection();
        add("<section aria-label=\"Totals\" class=\"tiles\">\n");
        for (Tile tile : tiles) {
            add(
                    "<div class=\"tile\"><strong>%s</strong><span>%s</span><small>%s</small></div>\n",
                    escape(tile.figure()), escape(tile.what()), escape(tile.more()));
        }
        add("</section>\n");
        return this;
    }

    /** Adds a paragraph. */
    public HtmlPage note(String text) {
        add("<p>%s</p>\n", escape(text));
        return this;
    }

    /** Adds a highlighted paragraph. */
    public HtmlPage notice(String text) {
        add("<p class=\"notice\">%s</p>\n", escape(text));
        return this;
    }

    /** Adds drawings of {@link ThemedChart} side by side, each with its name above it. */
    public HtmlPage drawings(List<Drawing> drawings) {
        add("<div class=\"plots\">\n");
        for (Drawing drawing : drawings) {
            add(
                    "<figure class=\"plot\">\n<figcaption><h3>%s</h3></figcaption>\n",
                    escape(drawing.name()));
            body.append(drawing.svg());
            add("\n</figure>\n");
        }
        add("</div>\n");
        return this;
    }

    /** A drawing and its name. */
    public record Drawing(String name, String svg) {}

    /** Adds a table, which scrolls horizontally if it is too wide. */
    public HtmlPage table(List<String> head, List<List<String>> rows) {
        body.append(markupOf(head, rows));
        return this;
    }

    private static String markupOf(List<String> head, List<List<String>> rows) {
        StringBuilder table = new StringBuilder("<div class=\"wide\"><table><thead><tr>");
        boolean[] numbers = new boolean[head.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = isNumbers(rows, i);
            String kind = numbers[i] ? " class=\"number\"" : "";
            table.append("<th scope=\"col\"%s>%s</th>".formatted(kind, escape(head.get(i))));
        }
        table.append("</tr></thead>\n<tbody>\n");
        for (List<String> row : rows) {
            table.append("<tr>");
            for (int i = 0; i < row.size(); i++) {
                String kind = numbers[i] ? " class=\"number\"" : "";
                table.append("<td%s>%s</td>".formatted(kind, cell(row.get(i))));
            }
            table.append("</tr>\n");
        }
        return table.append("</tbody></table></div>\n").toString();
    }

    /** Whether a column contains only numbers. */
    private static boolean isNumbers(List<List<String>> rows, int column) {
        return column > 0
                && rows.stream()
                        .map(row -> row.get(column))
                        .allMatch(text -> text.isEmpty() || NUMBER.matcher(text).matches());
    }

    /** Adds a table that is collapsed at first. */
    public HtmlPage folded(String summary, List<String> head, List<List<String>> rows) {
        body.append(foldedTable(summary, head, rows));
        return this;
    }

    /** The markup of such a collapsed table. */
    public static String foldedTable(String summary, List<String> head, List<List<String>> rows) {
        return "<details><summary>%s</summary>\n%s</details>\n"
                .formatted(escape(summary), markupOf(head, rows));
    }

    /** Adds a JPEG picture with labelled texts next to it. */
    public HtmlPage card(byte[] jpeg, String description, List<List<String>> rows) {
        add(
                "<div class=\"card\"><img alt=\"%s\" src=\"data:image/jpeg;base64,%s\">\n<dl>\n",
                escape(description), Base64.getEncoder().encodeToString(jpeg));
        rows.forEach(row -> add("<dt>%s</dt><dd>%s</dd>\n", escape(row.get(0)), cell(row.get(1))));
        add("</dl></div>\n");
        return this;
    }

    /** Adds markup whose texts have already been passed through {@link #escape}. */
    public HtmlPage markup(CharSequence html) {
        body.append(html);
        return this;
    }

    private void add(String format, Object... values) {
        body.append(values.length == 0 ? format : String.format(Locale.ROOT, format, values));
    }

    /** The whole page. */
    public String html() {
        endSection();
        return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
        style-src 'unsafe-inline'; img-src data:">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <title>%s</title>
        <style>
        %s</style>
        </head>
        <body>
        <main>
        %s</main>
        </body>
        </html>
        """
                .formatted(escape(title), style(), body);
    }

    /**
     * Escapes an untrusted text for use between tags and in quoted attributes, as one line. Harmful
     * characters become U+FFFD, see {@link ForeignText#clean}.
     */
    public static String escape(String text) {
        return cell(text.replaceAll("[\\t\\r\\n]", " "));
    }

    /** Escapes an untrusted text, keeping its line breaks. */
    private static String cell(String text) {
        StringBuilder safe = new StringBuilder(text.length() + 16);
        ForeignText.clean(text)
                .codePoints()
                .forEach(
                        c -> {
                            switch (c) {
                                case '&' -> safe.append("&amp;");
                                case '<' -> safe.append("&lt;");
                                case '>' -> safe.append("&gt;");
                                case '"' -> safe.append("&quot;");
                                case '\'' -> safe.append("&#39;");
                                default -> safe.appendCodePoint(c);
                            }
                        });
        return safe.toString();
    }

    private static String style() {
        try (InputStream in = HtmlPage.class.getResourceAsStream("page.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
