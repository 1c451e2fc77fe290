package org.minigpt4j.track.page;

import java.util.Base64;
import java.util.List;

/** A page that needs nothing beside it: tables, and pictures inside. */
public final class HtmlPage {

    private static final String STYLE =
            ":root{color-scheme:light dark;--line:#ddd;--head:#f5f5f5;--text:#222;--page:#fff;"
                    + "--pale:#666}"
                    + "@media(prefers-color-scheme:dark){:root{--line:#444;--head:#2a2a2a;"
                    + "--text:#ddd;--page:#181818;--pale:#999}}"
                    + "body{font:15px system-ui,sans-serif;margin:2em auto;padding:0 1em;"
                    + "max-width:960px;color:var(--text);background:var(--page)}"
                    + "table{border-collapse:collapse;margin:1em 0}"
                    + "td,th{border:1px solid var(--line);padding:3px 9px;text-align:left;"
                    + "vertical-align:top;overflow-wrap:anywhere}"
                    + "th{background:var(--head)}img{max-width:100%}"
                    + ".note{color:var(--pale)}"
                    + ".card{display:flex;flex-wrap:wrap;gap:1em;margin:1.5em 0;"
                    + "border-top:1px solid var(--line);padding-top:1em}"
                    + ".card img{width:168px;height:168px;object-fit:contain}"
                    + ".card>div{flex:1 1 24em;min-width:0}"
                    + ".card table{margin:0;width:100%}.card td{border:0;white-space:pre-wrap}"
                    + ".card td:first-child{width:8.5em;color:var(--pale);white-space:nowrap}";

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
        body.append("<p>");
        image("image/png", png, description);
        body.append("</p>\n");
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

    /** Adds a paragraph in small voice. */
    public HtmlPage note(String text) {
        body.append("<p class=\"note\">").append(escape(text)).append("</p>\n");
        return this;
    }

    /** Adds a JPEG picture with named texts beside it. */
    public HtmlPage card(byte[] jpeg, String description, List<List<String>> rows) {
        body.append("<div class=\"card\">");
        image("image/jpeg", jpeg, description);
        body.append("<div><table>\n");
        rows.forEach(row -> row("td", row));
        body.append("</table></div></div>\n");
        return this;
    }

    private void image(String type, byte[] content, String description) {
        body.append("<img alt=\"")
                .append(escape(description))
                .append("\" src=\"data:")
                .append(type)
                .append(";base64,")
                .append(Base64.getEncoder().encodeToString(content))
                .append("\">");
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
                + "</title><meta name=\"viewport\" content=\"width=device-width\"><style>"
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
