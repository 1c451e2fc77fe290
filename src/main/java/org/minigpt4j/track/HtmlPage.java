package org.minigpt4j.track;

import java.util.Base64;
import java.util.List;

/** A page that needs nothing beside it: tables, and pictures inside. */
public final class HtmlPage {

    private static final String STYLE =
            "body{font:15px system-ui,sans-serif;margin:2em auto;max-width:960px;color:#222}"
                    + "table{border-collapse:collapse;margin:1em 0}"
                    + "td,th{border:1px solid #ddd;padding:3px 9px;text-align:left;"
                    + "vertical-align:top;overflow-wrap:anywhere}"
                    + "th{background:#f5f5f5}img{max-width:100%}";

    private final StringBuilder body = new StringBuilder();
    private final String title;

    /** An empty page. */
    public HtmlPage(String title) {
        this.title = title;
        body.append("<h1>").append(escape(title)).append("</h1>\n");
    }

    /** Adds a heading. */
    public HtmlPage heading(String text) {
        body.append("<h2>").append(escape(text)).append("</h2>\n");
        return this;
    }

    /** Adds a PNG picture. */
    public HtmlPage picture(byte[] png, String description) {
        body.append("<p><img alt=\"")
                .append(escape(description))
                .append("\" src=\"data:image/png;base64,")
                .append(Base64.getEncoder().encodeToString(png))
                .append("\"></p>\n");
        return this;
    }

    /** Adds a table. */
    public HtmlPage table(List<String> head, List<List<String>> rows) {
        body.append("<table>\n");
        row("th", head);
        rows.forEach(row -> row("td", row));
        body.append("</table>\n");
        return this;
    }

    private void row(String cell, List<String> values) {
        body.append("<tr>");
        for (String value : values) {
            body.append('<').append(cell).append('>').append(escape(value));
            body.append("</").append(cell).append('>');
        }
        body.append("</tr>\n");
    }

    /** The whole page. */
    public String html() {
        return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>"
                + escape(title)
                + "</title><style>"
                + STYLE
                + "</style></head><body>\n"
                + body
                + "</body></html>\n";
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
