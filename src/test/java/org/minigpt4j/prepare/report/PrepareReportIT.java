package org.minigpt4j.prepare.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Browser;
import org.minigpt4j.UsageException;
import org.minigpt4j.prepare.shard.PairRow;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;

/** The report of real shards, counted by Spark and looked at in Chromium. */
class PrepareReportIT {

    private static final int SHARDS = 2;

    @TempDir private static Path temp;

    private static SparkSession spark;
    private static Path folder;
    private static PrepareReport.Written written;
    private static int successes;
    private static int failedToDownload;
    private static int failedToResize;
    private static int duplicates;

    @BeforeAll
    static void writeReport() throws IOException {
        spark =
                SparkSession.builder()
                        .master("local[2]")
                        .appName("report")
                        .config("spark.ui.enabled", false)
                        .config("spark.driver.bindAddress", "127.0.0.1")
                        .config("spark.driver.host", "127.0.0.1")
                        .config("spark.sql.shuffle.partitions", 2)
                        .getOrCreate();
        folder = Files.createDirectory(temp.resolve("shards <of> 'mine'"));
        for (int i = 0; i < SHARDS; i++) {
            // A folder for each list, as prepare makes them; the numbers in them are the same.
            Path list = Files.createDirectory(folder.resolve("list " + i));
            PreparedFolder.Shard shard = new PreparedFolder(spark, list, 10L * i).write(0);
            successes += shard.successes();
            failedToDownload += shard.failedToDownload();
            failedToResize += shard.failedToResize();
            duplicates += shard.duplicates();
        }
        // Of an unfinished shard nothing may count.
        Path table = folder.resolve("list 0/00000.parquet");
        Files.copy(table, table.resolveSibling("00009.parquet"));
        written = report(7);
    }

    private static PrepareReport.Written report(long seed) {
        return PrepareReport.write(
                JavaSparkContext.fromSparkContext(spark.sparkContext()),
                folder.toString(),
                new PrepareReport.Settings("LAION & <CC>", seed));
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    /** Few rows are counted in the driver, many by queries. */
    @Test
    void bothWaysOfCountingComeToTheSame() {
        List<PairRow> pairs = new ArrayList<>();
        List<Row> rows = new ArrayList<>();
        Random random = new Random(5);
        List<PairRow.Status> statuses = List.of(PairRow.Status.values());
        for (int i = 0; i < 700; i++) {
            PairRow.Status status = statuses.get(Math.max(0, random.nextInt(8) - 3));
            boolean success = status == PairRow.Status.SUCCESS;
            Integer width = random.nextInt(9) == 0 ? null : random.nextInt(3000);
            String url = random.nextInt(9) == 0 ? "no address" : "http://u@H%d.Example:80/%d";
            PairRow pair =
                    new PairRow(
                            "%05d".formatted(i),
                            url.formatted(random.nextInt(60), i),
                            "a \ud83d\udc08 b c d e f g".substring(0, random.nextInt(16)),
                            status,
                            success ? null : "cause%d: more".formatted(random.nextInt(40)),
                            32,
                            32,
                            width,
                            width == null ? null : random.nextInt(3000),
                            null,
                            null,
                            null);
            pairs.add(pair);
            rows.add(
                    RowFactory.create(
                            pair.key(),
                            pair.url(),
                            pair.caption(),
                            pair.status().word(),
                            pair.error(),
                            pair.originalWidth(),
                            pair.originalHeight()));
        }
        Aggregates few = new RowAggregates(pairs);
        Aggregates many =
                new TableAggregates(
                        spark.createDataFrame(
                                rows,
                                new StructType()
                                        .add("key", "string")
                                        .add("url", "string")
                                        .add("caption", "string")
                                        .add("status", "string")
                                        .add("error_message", "string")
                                        .add("original_width", "int")
                                        .add("original_height", "int")));
        assertEquals(many.outcomes(), few.outcomes());
        assertEquals(many.causes(), few.causes());
        assertEquals(many.hosts(), few.hosts());
        assertEquals(many.distinctHosts(), few.distinctHosts(), 0.02 * few.distinctHosts());
        assertEquals(many.histograms(), few.histograms());
    }

    @Test
    void countsEveryRowOnce() throws IOException {
        Figures.Totals totals = written.figures().totals();
        assertEquals(SHARDS * PreparedFolder.ROWS, totals.pairs());
        assertEquals(successes, totals.successes());
        assertEquals(
                Map.of(
                        "success", (long) successes,
                        "failed_to_download", (long) failedToDownload,
                        "failed_to_resize", (long) failedToResize,
                        "duplicate", (long) duplicates),
                written.figures().outcomes().stream()
                        .collect(
                                Collectors.toMap(Figures.Outcome::status, Figures.Outcome::pairs)));
        assertEquals(List.of(), written.figures().notices());
        assertEquals(22.5, totals.elapsed().toMillis() / 1e3);
        long failures = failedToDownload + failedToResize + duplicates;
        assertEquals(failures, written.figures().causes().stream().mapToLong(c -> c.pairs()).sum());
        assertEquals(20, written.figures().hosts().size());
        assertEquals("(no host)", written.figures().hosts().get(0).host());
        Figures.Host first = written.figures().hosts().get(1);
        assertTrue(first.host().matches("img\\d\\.example\\d+\\.org"), first.host());
        assertTrue(
                written.figures().causes().stream()
                        .anyMatch(
                                c ->
                                        c.cause().equals("not_a_picture")
                                                && c.status().equals("failed_to_resize")
                                                && c.pairs() == failedToResize),
                written.figures().causes().toString());
        for (Histogram histogram : written.figures().histograms()) {
            assertEquals(successes, histogram.total(), histogram.quantity().toString());
        }
        JsonObject json =
                JsonParser.parseString(Files.readString(folder.resolve("report.json")))
                        .getAsJsonObject();
        assertEquals(successes, json.get("successes").getAsInt());
        assertEquals(100, json.getAsJsonArray("samples").size());
    }

    @Test
    void theReportDoesNotDependOnHowSparkCutsTheWork() throws IOException {
        String before = Files.readString(folder.resolve("report.json"));
        String size = spark.conf().get("spark.sql.files.maxPartitionBytes");
        spark.conf().set("spark.sql.files.maxPartitionBytes", "4k");
        try {
            report(7);
        } finally {
            spark.conf().set("spark.sql.files.maxPartitionBytes", size);
        }
        assertEquals(before, Files.readString(folder.resolve("report.json")));
    }

    @Test
    void anUnpreparedFolderIsSaidToBeOne() {
        UsageException e =
                assertThrows(
                        UsageException.class,
                        () ->
                                PrepareReport.write(
                                        JavaSparkContext.fromSparkContext(spark.sparkContext()),
                                        temp.toString(),
                                        new PrepareReport.Settings("none", 0)));
        assertTrue(e.getMessage().contains("holds no finished shard"), e.getMessage());
    }

    @Test
    void looksRightInABrowser() throws IOException {
        Optional<Path> chromium = Browser.find();
        assumeTrue(chromium.isPresent(), "no Chromium on this machine; .ci/run installs one");
        try (Browser browser = Browser.start(chromium.get(), temp.resolve("profile"))) {
            for (boolean dark : List.of(false, true)) {
                for (int width : List.of(1280, 700, 390)) {
                    browser.window(width, 900, dark);
                    browser.open(
                            Path.of(java.net.URI.create("file://" + folder.toUri().getRawPath()))
                                    .resolve("report.html")
                                    .toUri());
                    check(browser);
                    Files.write(
                            Path.of(
                                    "target",
                                    "report-" + width + (dark ? "-dark" : "-light") + ".png"),
                            browser.screenshot());
                }
            }
        }
    }

    private static void check(Browser browser) {
        assertEquals(List.of(), browser.complaints());
        List<String> requests = new ArrayList<>(browser.requests());
        requests.removeIf(r -> r.startsWith("data:"));
        assertEquals(1, requests.size(), "the page asks for more than itself: " + requests);
        assertEquals("LAION & <CC>", browser.evaluate("document.title").getAsString());
        assertEquals(0, browser.evaluate("document.scripts.length").getAsInt());
        assertEquals(1, browser.evaluate("document.querySelectorAll('h1').length").getAsInt());
        assertEquals(
                100,
                browser.evaluate(
                                "[...document.images].filter(i => i.complete && i.naturalWidth >"
                                        + " 0).length")
                        .getAsInt());
        assertEquals(
                4, browser.evaluate("document.querySelectorAll('.plot svg').length").getAsInt());
        JsonElement wide =
                browser.evaluate(
                        "document.documentElement.scrollWidth -"
                                + " document.documentElement.clientWidth");
        assertEquals(0, wide.getAsInt(), "the page is wider than its window");
        JsonArray faint = browser.evaluate(FAINT).getAsJsonArray();
        assertTrue(faint.isEmpty(), "too little contrast: " + faint);
    }

    /** Texts whose colour has less than 4.5 : 1 contrast with what is behind them (WCAG AA). */
    private static final String FAINT =
            """
            (() => {
              const rgb = c => c.match(/[\\d.]+/g).map(Number);
              const lum = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255;
                return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
                return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
              const behind = e => { for (; e; e = e.parentElement) {
                const c = rgb(getComputedStyle(e).backgroundColor);
                if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
              const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              const faint = new Set();
              for (let n; n = walker.nextNode();) {
                if (!n.data.trim()) continue;
                const a = lum(rgb(getComputedStyle(n.parentElement).color));
                const b = lum(behind(n.parentElement));
                const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                if (ratio < 4.5) faint.add(n.parentElement.tagName + ' ' + n.data.slice(0, 30)
                  + ' ' + ratio.toFixed(1));
              }
              return [...faint];
            })()
            """;
}
