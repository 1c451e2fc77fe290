package org.minigpt4j.prepare.report;

import static org.apache.spark.sql.functions.approx_count_distinct;
import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.log2;
import static org.apache.spark.sql.functions.lower;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.percentile_approx;
import static org.apache.spark.sql.functions.regexp_count;
import static org.apache.spark.sql.functions.regexp_extract;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.substring;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.minigpt4j.prepare.report.Histogram.Quantity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Counts the rows of all shards' tables on the cluster; a few hundred rows come back. */
final class TableAggregates implements Aggregates {

    private static final Column SUCCESS = col("status").equalTo("success");

    private final Dataset<Row> rows;
    private final Dataset<Row> successes;

    /** Of rows with img2dataset's columns. */
    TableAggregates(Dataset<Row> rows) {
        this.rows = rows;
        this.successes = rows.filter(SUCCESS);
    }

    @Override
    public List<Figures.Outcome> outcomes() {
        Column status = substring(coalesce(col("status"), lit("(no status)")), 1, MAX_NAME);
        return rows
                .groupBy(status.as("status"))
                .agg(count(lit(1)).as("pairs"))
                .orderBy(col("pairs").desc(), col("status"))
                .collectAsList()
                .stream()
                .map(row -> new Figures.Outcome(row.getString(0), row.getLong(1)))
                .toList();
    }

    @Override
    public List<Figures.Cause> causes() {
        Column status = coalesce(col("status"), lit("(no status)"));
        Column message = coalesce(col("error_message"), lit("(no message)"));
        Column address = substring(col("url"), 1, MAX_ADDRESS);
        return rows
                .filter(status.notEqual("success"))
                .groupBy(
                        substring(status, 1, MAX_NAME).as("status"),
                        substring(regexp_extract(message, "^[^:]*", 0), 1, MAX_NAME).as("cause"))
                .agg(count(lit(1)).as("pairs"), array(min(address), max(address)).as("examples"))
                .orderBy(col("pairs").desc(), col("status"), col("cause"))
                .limit(CAUSES)
                .collectAsList()
                .stream()
                .map(
                        row ->
                                new Figures.Cause(
                                        row.getString(0),
                                        row.getString(1),
                                        row.getLong(2),
                                        row.<String>getList(3).stream()
                                                .filter(Objects::nonNull)
                                                .distinct()
                                                .toList()))
                .toList();
    }

    @Override
    public List<Figures.Host> hosts() {
        return rows
                .groupBy(host().as("host"))
                .agg(count(lit(1)).as("pairs"), sum(one(SUCCESS)).as("successes"))
                .orderBy(col("pairs").desc(), col("host"))
                .limit(HOSTS)
                .collectAsList()
                .stream()
                .map(
                        row ->
                                new Figures.Host(
                                        row.getString(0),
                                        row.getLong(2),
                                        row.getLong(1) - row.getLong(2)))
                .toList();
    }

    @Override
    public long distinctHosts() {
        return rows.agg(approx_count_distinct(host(), 0.02)).head().getLong(0);
    }

    private static Column host() {
        Column found = lower(regexp_extract(coalesce(col("url"), lit("")), HOST, 1));
        Column named = when(found.equalTo(""), lit("(no host)")).otherwise(found);
        return substring(named, 1, MAX_NAME);
    }

    @Override
    public List<Histogram> histograms() {
        Quantity[] quantities = Quantity.values();
        Column[] values =
                Arrays.stream(quantities).map(TableAggregates::value).toArray(Column[]::new);
        Long[][] counts = new Long[quantities.length][];
        Column[] bins = new Column[quantities.length];
        List<Column> shares = new ArrayList<>();
        for (Quantity quantity : quantities) {
            int q = quantity.ordinal();
            counts[q] = new Long[quantity.bins()];
            Arrays.fill(counts[q], 0L);
            bins[q] = struct(lit(q).as("quantity"), bin(quantity, values[q]).as("bin"));
            shares.add(
                    percentile_approx(
                            values[q], array(lit(0.05), lit(0.5), lit(0.95)), lit(10_000)));
        }
        Dataset<Row> counted =
                successes
                        .select(explode(array(bins)).as("of"))
                        .filter("of.bin IS NOT NULL")
                        .groupBy("of.quantity", "of.bin")
                        .count();
        for (Row row : counted.collectAsList()) {
            counts[row.getInt(0)][(int) row.getLong(1)] = row.getLong(2);
        }
        Row share =
                successes
                        .agg(shares.get(0), shares.subList(1, shares.size()).toArray(Column[]::new))
                        .head();
        List<Histogram> histograms = new ArrayList<>();
        for (Quantity quantity : quantities) {
            int q = quantity.ordinal();
            List<Double> three =
                    share.isNullAt(q)
                            ? List.of(Double.NaN, Double.NaN, Double.NaN)
                            : share.getList(q);
            histograms.add(
                    new Histogram(
                            quantity,
                            List.of(counts[q]),
                            three.get(0),
                            three.get(1),
                            three.get(2)));
        }
        return histograms;
    }

    private static Column bin(Quantity quantity, Column value) {
        Column bin = floor(value.minus(quantity.edge(0)).divide(quantity.binWidth()));
        Column inside = least(greatest(bin, lit(0L)), lit(quantity.bins() - 1L));
        // least and greatest pass over nulls.
        return when(value.isNotNull(), inside);
    }

    private static Column value(Quantity quantity) {
        Column width = positive("original_width");
        Column height = positive("original_height");
        Column value =
                switch (quantity) {
                    case SHORTER_SIDE ->
                            when(width.isNotNull().and(height.isNotNull()), least(width, height));
                    case ASPECT -> log2(width.divide(height));
                    case CAPTION_WORDS -> regexp_count(col("caption"), lit("\\S+"));
                    case CAPTION_CHARACTERS -> length(col("caption"));
                };
        return value.cast("double");
    }

    private static Column positive(String name) {
        return when(col(name).gt(0), col(name).cast("double"));
    }

    private static Column one(Column condition) {
        return when(condition, lit(1L)).otherwise(lit(0L));
    }
}
