package org.minigpt4j.prepare.report;

import static org.apache.spark.sql.functions.input_file_name;
import static org.apache.spark.sql.functions.lit;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.minigpt4j.UsageException;
import org.minigpt4j.prepare.list.Queries;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What became of a list of pairs: {@code report.json} and {@code report.html} in the folder of its
 * shards. Rows are counted by Spark, where they lie; only aggregates and the few pairs of the
 * contact sheet reach the driver. A few shards of our own are counted in the driver, for Spark's
 * first queries take half a minute. Shards of img2dataset serve as well.
 */
public final class PrepareReport {

    /** The columns it reads, with the type used for a missing one. */
    private static final Map<String, String> COLUMNS =
            Map.of(
                    "key", "string",
                    "url", "string",
                    "caption", "string",
                    "status", "string",
                    "error_message", "string",
                    "width", "int",
                    "height", "int",
                    "original_width", "int",
                    "original_height", "int");

    private static final Set<String> NEEDED = Set.of("key", "status");

    private PrepareReport() {}

    /**
     * How to make it.
     *
     * @param title the page's heading
     * @param seed draws the contact sheet
     * @param samples pairs on the contact sheet
     */
    public record Settings(String title, long seed, int samples) {

        /** A hundred pairs. */
        public Settings(String title, long seed) {
            this(title, seed, 100);
        }
    }

    /** Where it was written and what it says. */
    public record Written(String json, String html, Figures figures) {}

    /**
     * Reads the finished shards of {@code folder} and writes the report beside them.
     *
     * @param spark its cluster counts
     * @param folder a path or URI that Hadoop can reach
     * @throws UsageException if there is no finished shard, or its tables lack what is needed
     * @throws org.minigpt4j.FailedException if the storage fails
     */
    public static Written write(JavaSparkContext spark, String folder, Settings settings) {
        OutputFolder output = OutputFolder.open(folder, spark.hadoopConfiguration());
        List<OutputFolder.Shard> shards = output.shards();
        List<String> notices = new ArrayList<>();
        Optional<List<SmallTable>> here = SmallTable.read(output, shards);
        Aggregates aggregates =
                here.isPresent()
                        ? new RowAggregates(SmallTable.pairs(here.get()))
                        : new TableAggregates(rows(spark, output, shards, notices));
        List<Figures.Outcome> outcomes = successFirst(aggregates.outcomes());
        Figures.Totals totals = totals(shards, outcomes, notices);

        ContactSheet sheet = new ContactSheet(output, settings.seed());
        List<OutputFolder.Shard> chosen = sheet.choose(shards);
        List<Sample> samples = List.of();
        if (!chosen.isEmpty() && here.isPresent()) {
            List<Row> drawn = SmallTable.rows(output, here.get(), chosen);
            samples = sheet.draw(drawn, settings.samples(), notices);
        } else if (!chosen.isEmpty()) {
            Dataset<Row> drawn = rows(spark, output, chosen, new ArrayList<>());
            samples = sheet.draw(drawn, settings.samples(), notices);
        }
        Figures figures =
                new Figures(
                        totals,
                        outcomes,
                        causes(aggregates.causes(), totals.pairs() - totals.successes()),
                        aggregates.hosts(),
                        aggregates.distinctHosts(),
                        aggregates.histograms(),
                        notices);
        ReportPage page = new ReportPage(settings, output.address(), figures, samples);
        String json = output.write("report.json", ReportJson.of(settings, figures, samples));
        return new Written(json, output.write("report.html", page.html()), figures);
    }

    private static Dataset<Row> rows(
            JavaSparkContext spark,
            OutputFolder output,
            List<OutputFolder.Shard> shards,
            List<String> notices) {
        String[] tables =
                shards.stream()
                        .map(shard -> output.address(shard.name() + ".parquet"))
                        .toArray(String[]::new);
        Dataset<Row> all =
                Queries.of(spark).read().option("__globPaths__", "false").parquet(tables);
        Set<String> there = Set.of(all.columns());
        for (String needed : NEEDED) {
            if (!there.contains(needed)) {
                throw new UsageException(
                        "%s has no column %s; a table of shards has those of img2dataset."
                                .formatted(tables[0], needed));
            }
        }
        List<Column> columns = new ArrayList<>();
        for (String name : COLUMNS.keySet().stream().sorted().toList()) {
            if (there.contains(name)) {
                columns.add(all.col(name));
            } else {
                columns.add(lit(null).cast(COLUMNS.get(name)).as(name));
                notices.add("The tables have no column " + name + ".");
            }
        }
        columns.add(input_file_name().as("table"));
        return all.select(columns.toArray(Column[]::new));
    }

    private static Figures.Totals totals(
            List<OutputFolder.Shard> shards, List<Figures.Outcome> outcomes, List<String> notices) {
        long pairs = 0;
        long successes = 0;
        long bytes = 0;
        Duration time = Duration.ZERO;
        Optional<Instant> begin = Optional.empty();
        Optional<Instant> end = Optional.empty();
        for (OutputFolder.Shard shard : shards) {
            OutputFolder.Stats stats = shard.stats();
            pairs += stats.count();
            successes += stats.successes();
            bytes += shard.tarBytes();
            time = time.plus(stats.duration());
            begin = first(begin, stats.begin(), true);
            end = first(end, stats.end(), false);
        }
        long rows = outcomes.stream().mapToLong(Figures.Outcome::pairs).sum();
        boolean any = !outcomes.isEmpty() && outcomes.get(0).status().equals("success");
        long through = any ? outcomes.get(0).pairs() : 0;
        if (pairs != rows || successes != through) {
            notices.add(
                    ("The statistics have %s pairs and %s successes, but the tables"
                                    + " have %s and %s.")
                            .formatted(
                                    Words.count(pairs),
                                    Words.count(successes),
                                    Words.count(rows),
                                    Words.count(through)));
        }
        return new Figures.Totals(shards.size(), rows, through, bytes, begin, end, time);
    }

    private static List<Figures.Outcome> successFirst(List<Figures.Outcome> outcomes) {
        List<Figures.Outcome> sorted = new ArrayList<>(outcomes);
        sorted.sort(Comparator.comparing(outcome -> !outcome.status().equals("success")));
        return sorted;
    }

    private static Optional<Instant> first(
            Optional<Instant> a, Optional<Instant> b, boolean earlier) {
        if (a.isEmpty() || b.isEmpty()) {
            return a.or(() -> b);
        }
        return a.get().isBefore(b.get()) == earlier ? a : b;
    }

    private static List<Figures.Cause> causes(List<Figures.Cause> most, long failures) {
        long named = most.stream().mapToLong(Figures.Cause::pairs).sum();
        List<Figures.Cause> causes = new ArrayList<>(most);
        if (named < failures) {
            causes.add(new Figures.Cause("", "(all other causes)", failures - named, List.of()));
        }
        return causes;
    }
}
