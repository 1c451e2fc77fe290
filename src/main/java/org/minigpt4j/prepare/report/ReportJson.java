package org.minigpt4j.prepare.report;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import java.util.List;
import java.util.Locale;

/** The report as JSON: the same figures, and the contact sheet's pairs without their pictures. */
final class ReportJson {

    private ReportJson() {}

    static String of(PrepareReport.Settings settings, Figures figures, List<Sample> samples) {
        Figures.Totals totals = figures.totals();
        JsonObject root = new JsonObject();
        root.addProperty("title", settings.title());
        root.addProperty("shards", totals.shards());
        root.addProperty("pairs", totals.pairs());
        root.addProperty("successes", totals.successes());
        JsonObject statuses = new JsonObject();
        figures.outcomes().forEach(each -> statuses.addProperty(each.status(), each.pairs()));
        root.add("statuses", statuses);
        root.addProperty("success_share", totals.successShare());
        root.addProperty("tar_bytes", totals.tarBytes());
        totals.begin().ifPresent(time -> root.addProperty("start_time", time.toString()));
        totals.end().ifPresent(time -> root.addProperty("end_time", time.toString()));
        root.addProperty("elapsed_seconds", totals.elapsed().toMillis() / 1e3);
        root.addProperty("shard_seconds", totals.shardTime().toMillis() / 1e3);
        root.addProperty("pictures_per_second", totals.picturesPerSecond());
        JsonArray causes = new JsonArray();
        for (Figures.Cause cause : figures.causes()) {
            JsonObject item = new JsonObject();
            item.addProperty("status", cause.status());
            item.addProperty("cause", cause.cause());
            item.addProperty("pairs", cause.pairs());
            JsonArray examples = new JsonArray();
            cause.examples().forEach(examples::add);
            item.add("examples", examples);
            causes.add(item);
        }
        root.add("causes", causes);
        root.addProperty("distinct_hosts_about", figures.distinctHosts());
        JsonArray hosts = new JsonArray();
        for (Figures.Host host : figures.hosts()) {
            JsonObject item = new JsonObject();
            item.addProperty("host", host.host());
            item.addProperty("pairs", host.pairs());
            item.addProperty("successes", host.successes());
            hosts.add(item);
        }
        root.add("hosts", hosts);
        JsonObject histograms = new JsonObject();
        figures.histograms()
                .forEach(
                        histogram ->
                                histograms.add(
                                        histogram.quantity().name().toLowerCase(Locale.ROOT),
                                        histogram(histogram)));
        root.add("histograms", histograms);
        JsonArray notices = new JsonArray();
        figures.notices().forEach(notices::add);
        root.add("notices", notices);
        JsonArray sheet = new JsonArray();
        samples.forEach(sample -> sheet.add(sample(sample)));
        root.addProperty("samples_seed", settings.seed());
        root.add("samples", sheet);
        return new GsonBuilder().setPrettyPrinting().create().toJson(root) + "\n";
    }

    private static JsonObject histogram(Histogram histogram) {
        JsonObject item = new JsonObject();
        item.addProperty("of", Plot.axis(histogram.quantity()));
        if (histogram.quantity() == Histogram.Quantity.ASPECT) {
            item.addProperty("scale", "logarithm to base 2");
        }
        if (histogram.total() > 0) {
            item.addProperty("p05", histogram.low());
            item.addProperty("median", histogram.median());
            item.addProperty("p95", histogram.high());
        }
        JsonArray edges = new JsonArray();
        for (int i = 0; i <= histogram.quantity().bins(); i++) {
            edges.add(histogram.quantity().edge(i));
        }
        item.add("edges", edges);
        JsonArray counts = new JsonArray();
        histogram.counts().forEach(counts::add);
        item.add("counts", counts);
        return item;
    }

    private static JsonObject sample(Sample sample) {
        JsonObject item = new JsonObject();
        item.addProperty("key", sample.key());
        item.addProperty("shard", sample.shard());
        item.addProperty("url", sample.url());
        item.addProperty("caption", sample.caption());
        item.addProperty("width", sample.width());
        item.addProperty("height", sample.height());
        item.addProperty("original_width", sample.originalWidth());
        item.addProperty("original_height", sample.originalHeight());
        return item;
    }
}
