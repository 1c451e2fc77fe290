package org.minigpt4j.prepare.report;

import org.minigpt4j.io.ForeignText;
import org.minigpt4j.prepare.report.Histogram.Quantity;
import org.minigpt4j.track.page.HtmlPage;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The report as a page, see {@link HtmlPage}. Whatever came from a list is escaped. */
final class ReportPage {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
                    .withZone(ZoneOffset.UTC);

    private final PrepareReport.Settings settings;
    private final String address;
    private final Figures figures;
    private final List<Sample> samples;
    private final StringBuilder page = new StringBuilder(1 << 20);

    ReportPage(
            PrepareReport.Settings settings,
            String address,
            Figures figures,
            List<Sample> samples) {
        this.settings = settings;
        this.address = address;
        this.figures = figures;
        this.samples = samples;
    }

    String html() {
        page.setLength(0);
        head();
        totals();
        causes();
        hosts();
        histograms();
        sheet();
        return new HtmlPage(settings.title(), address).markup(page).html();
    }

    private void head() {
        Figures.Totals totals = figures.totals();
        String when =
                totals.begin().isPresent() && totals.end().isPresent()
                        ? span(totals.begin().get(), totals.end().get())
                        : "";
        add("<p>%s</p>\n", when);
        for (String notice : figures.notices()) {
            add("<p class=\"notice\">%s</p>\n", HtmlPage.escape(notice));
        }
    }

    private static String span(Instant begin, Instant end) {
        return TIME.format(begin) + " to " + TIME.format(end);
    }

    private void totals() {
        Figures.Totals totals = figures.totals();
        long successes = totals.successes();
        add("<section aria-label=\"Totals\" class=\"tiles\">\n");
        tile(Words.count(successes), "pictures with captions", "in " + shards(totals.shards()));
        tile(
                Words.share(successes, totals.pairs()),
                "came through",
                "of " + Words.count(totals.pairs()) + " pairs");
        tile(
                Words.bytes(totals.tarBytes()),
                "in tars",
                successes == 0
                        ? "no picture"
                        : Words.bytes((double) totals.tarBytes() / successes) + " a pair");
        boolean timed = totals.picturesPerSecond() > 0;
        tile(
                timed ? Words.number(totals.picturesPerSecond()) + " / s" : "not timed",
                "pictures a second",
                timed ? "over " + Words.duration(totals.elapsed()) : "no times in the statistics");
        add("</section>\n");
    }

    private static String shards(long count) {
        return count == 1 ? "1 shard" : Words.count(count) + " shards";
    }

    private void tile(String figure, String what, String more) {
        add(
                "<div class=\"tile\"><strong>%s</strong><span>%s</span><small>%s</small></div>\n",
                figure, what, more);
    }

    private void causes() {
        Figures.Totals totals = figures.totals();
        long failed = totals.pairs() - totals.successes();
        add("<section>\n<h2>Outcome of the pairs</h2>\n");
        add("<div class=\"stack\" aria-hidden=\"true\">");
        for (Figures.Outcome outcome : figures.outcomes()) {
            add(
                    "<i class=\"%s\" style=\"width:%s%%\"></i>",
                    kind(outcome.status()), css(percent(outcome.pairs(), totals.pairs())));
        }
        add("</div>\n<ul class=\"legend\">");
        for (Figures.Outcome outcome : figures.outcomes()) {
            add(
                    "<li><i class=\"%s\"></i>%s <b>%s</b> <span>(%s)</span></li>",
                    kind(outcome.status()),
                    HtmlPage.escape(what(outcome.status())),
                    Words.count(outcome.pairs()),
                    Words.share(outcome.pairs(), totals.pairs()));
        }
        add("</ul>\n");
        if (failed == 0) {
            add("<p>No pair failed.</p>\n</section>\n");
            return;
        }
        add(
                "<table><thead><tr><th scope=\"col\">cause</th><th scope=\"col\""
                        + " class=\"number\">pairs</th><th scope=\"col\" class=\"number\">share of"
                        + " failures</th><th class=\"barcell\"></th></tr></thead>\n<tbody>\n");
        long largest = figures.causes().stream().mapToLong(Figures.Cause::pairs).max().orElse(1);
        for (Figures.Cause cause : figures.causes()) {
            add(
                    "<tr><td class=\"name\"><bdi>%s</bdi>%s</td><td class=\"number\">%s</td>"
                            + "<td class=\"number\">%s</td><td class=\"barcell\">%s</td></tr>\n",
                    HtmlPage.escape(cause.cause()),
                    explained(cause.cause()),
                    Words.count(cause.pairs()),
                    Words.share(cause.pairs(), failed),
                    bar(largest, cause.pairs(), kind(cause.status()), 0, ""));
        }
        add("</tbody></table>\n");
        failedAddresses();
        add("</section>\n");
    }

    /** One or two of each cause, to try by hand. */
    private void failedAddresses() {
        List<List<String>> rows = new ArrayList<>();
        for (Figures.Cause cause : figures.causes()) {
            for (String address : cause.examples()) {
                rows.add(List.of(cause.cause(), ForeignText.line(address)));
            }
        }
        if (!rows.isEmpty()) {
            page.append(
                    HtmlPage.foldedTable(
                            "Some of the failed addresses", List.of("cause", "address"), rows));
        }
    }

    private static String explained(String cause) {
        String words = Causes.explain(cause);
        return words.isEmpty() ? "" : "<br><small>%s</small>".formatted(HtmlPage.escape(words));
    }

    /** A status in a person's words. */
    private static String what(String status) {
        return switch (status) {
            case "success" -> "came through";
            case "failed_to_download" -> "not downloaded";
            case "failed_to_resize" -> "not a usable picture";
            case "filtered" -> "filtered by a rule";
            case "duplicate" -> "duplicates";
            default -> status;
        };
    }

    /** The class that gives a status its colour. */
    private static String kind(String status) {
        return switch (status) {
            case "success" -> "good";
            case "failed_to_download" -> "warn";
            case "failed_to_resize" -> "bad";
            case "filtered" -> "rule";
            case "duplicate" -> "twin";
            default -> "other";
        };
    }

    private void hosts() {
        add(
                "<section>\n<h2>Hosts</h2>\n<p>The %s of about %s; a bar is the host's pairs, its"
                        + " strong part those that came through.</p>\n",
                figures.hosts().size() == 1 ? "largest" : figures.hosts().size() + " largest",
                Words.count(figures.distinctHosts()));
        add(
                "<table><thead><tr><th scope=\"col\">host</th><th scope=\"col\""
                        + " class=\"number\">pairs</th><th scope=\"col\" class=\"number\">came"
                        + " through</th><th class=\"barcell\"></th></tr></thead>\n<tbody>\n");
        long largest = figures.hosts().stream().mapToLong(Figures.Host::pairs).max().orElse(1);
        for (Figures.Host host : figures.hosts()) {
            add(
                    "<tr><td class=\"name\"><bdi>%s</bdi></td><td class=\"number\">%s</td>"
                            + "<td class=\"number\">%s</td><td class=\"barcell\">%s</td></tr>\n",
                    HtmlPage.escape(host.host()),
                    Words.count(host.pairs()),
                    Words.share(host.successes(), host.pairs()),
                    bar(largest, host.successes(), "good", host.failures(), "rest"));
        }
        add("</tbody></table>\n</section>\n");
    }

    private static String bar(long whole, long first, String kind, long second, String other) {
        String bar =
                "<i class=\"%s\" style=\"width:%s%%\"></i>"
                        .formatted(kind, css(percent(first, whole)));
        return second == 0
                ? bar
                : bar
                        + "<i class=\"%s\" style=\"width:%s%%\"></i>"
                                .formatted(other, css(percent(second, whole)));
    }

    private static double percent(long part, long whole) {
        return whole == 0 ? 0 : 100.0 * part / whole;
    }

    private static String css(double percent) {
        return String.format(Locale.ROOT, "%.2f", percent);
    }

    private void histograms() {
        add("<section>\n<h2>Pictures and captions that came through</h2>\n<div class=\"plots\">\n");
        figures.histograms().forEach(this::histogram);
        add("</div>\n</section>\n");
    }

    private void histogram(Histogram histogram) {
        Quantity quantity = histogram.quantity();
        add("<figure class=\"plot\">\n<figcaption><h3>%s</h3><p>", title(quantity));
        if (histogram.total() == 0) {
            add("No values.</p></figcaption>\n</figure>\n");
            return;
        }
        add(
                "Median <b>%s</b>, nine in ten between %s and %s%s.</p></figcaption>\n",
                value(quantity, histogram.median()),
                value(quantity, histogram.low()),
                value(quantity, histogram.high()),
                unit(quantity));
        Optional<String> drawing = Plot.svg(histogram);
        drawing.ifPresent(page::append);
        add(
                "<details%s><summary>Numbers</summary><table><thead><tr><th scope=\"col\">%s</th>"
                        + "<th scope=\"col\" class=\"number\">pairs</th></tr></thead><tbody>\n",
                drawing.isPresent() ? "" : " open", HtmlPage.escape(Plot.axis(quantity)));
        for (int i = 0; i < quantity.bins(); i++) {
            add(
                    "<tr><td>%s</td><td class=\"number\">%s</td></tr>\n",
                    bin(quantity, i), Words.count(histogram.counts().get(i)));
        }
        add("</tbody></table></details>\n</figure>\n");
    }

    private static String title(Quantity quantity) {
        return switch (quantity) {
            case SHORTER_SIDE -> "Size of the originals";
            case ASPECT -> "Aspect ratio of the originals";
            case CAPTION_WORDS -> "Length of captions in words";
            case CAPTION_CHARACTERS -> "Length of captions in characters";
        };
    }

    private static String value(Quantity quantity, double value) {
        return quantity == Quantity.ASPECT ? Words.ratio(value) : Words.count(Math.round(value));
    }

    private static String unit(Quantity quantity) {
        return switch (quantity) {
            case SHORTER_SIDE -> " pixels on the shorter side";
            case ASPECT -> " (width : height)";
            case CAPTION_WORDS -> " words";
            case CAPTION_CHARACTERS -> " characters";
        };
    }

    private static String bin(Quantity quantity, int i) {
        if (i == quantity.bins() - 1) {
            return value(quantity, quantity.edge(i)) + " and more";
        }
        String end = value(quantity, quantity.edge(i + 1));
        return i == 0 ? "under " + end : value(quantity, quantity.edge(i)) + " to under " + end;
    }

    private void sheet() {
        if (samples.isEmpty()) {
            add("<section>\n<h2>Contact sheet</h2>\n<p>No picture to show.</p>\n</section>\n");
            return;
        }
        add(
                "<section>\n<h2>Contact sheet</h2>\n<p>%s, drawn with seed %d.</p>\n"
                        + "<div class=\"sheet\">\n",
                samples.size() == 1 ? "One pair" : samples.size() + " pairs", settings.seed());
        for (Sample sample : samples) {
            String caption = HtmlPage.escape(sample.caption());
            add(
                    "<figure><div class=\"frame\"><img alt=\"%s\""
                            + " src=\"data:image/jpeg;base64,%s\"></div><figcaption"
                            + " title=\"%s\"><bdi>%s</bdi></figcaption><small>%s<br>%s</small></figure>\n",
                    caption.isBlank() ? HtmlPage.escape(sample.key()) : caption,
                    Base64.getEncoder().encodeToString(sample.jpeg()),
                    caption,
                    caption.isBlank() ? "(no caption)" : caption,
                    HtmlPage.escape(inFolder(sample)),
                    sample.originalWidth() > 0
                            ? sample.originalWidth() + " × " + sample.originalHeight() + " px"
                            : "size unknown");
        }
        add("</div>\n</section>\n");
    }

    /** The key, after the folder's name if there are several folders. */
    private static String inFolder(Sample sample) {
        int slash = sample.shard().indexOf('/');
        return sample.shard().substring(0, slash + 1) + sample.key();
    }

    private void add(String format, Object... values) {
        page.append(values.length == 0 ? format : String.format(Locale.ROOT, format, values));
    }
}
