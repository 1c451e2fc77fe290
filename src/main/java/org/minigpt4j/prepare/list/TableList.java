package org.minigpt4j.prepare.list;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.PrepareSourceConfig;
import org.minigpt4j.io.RemoteFiles;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Lists that Spark knows how to read: parquet, and separated values.
 *
 * @param format Spark's name of the format
 * @param options of Spark's for it
 * @param names what to call the columns, in order; empty to take them from the file
 */
record TableList(
        List<ListFile> files,
        String format,
        Map<String, String> options,
        List<String> names,
        Columns columns)
        implements PairList {

    private static final int LOOKED_AT = 100;

    static TableList parquet(
            String name, PrepareSourceConfig source, List<ListFile> files, SparkSession spark) {
        String file = files.get(0).address();
        List<String> names;
        List<List<String>> rows;
        try {
            Dataset<Row> table = spark.read().parquet(file);
            names = List.of(table.columns());
            rows =
                    table.limit(LOOKED_AT).collectAsList().stream()
                            .map(
                                    row ->
                                            IntStream.range(0, row.size())
                                                    .mapToObj(i -> String.valueOf(row.get(i)))
                                                    .toList())
                            .toList();
        } catch (Exception e) {
            // Spark throws exceptions that are checked and that its methods do not declare.
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            throw new UsageException(
                    "sources.%s.path: %s cannot be read as parquet: %s"
                            .formatted(name, file, cause.getMessage()),
                    e);
        }
        return new TableList(
                files, "parquet", Map.of(), List.of(), Columns.find(name, names, rows, source));
    }

    /** With a header if no value of the first line is an address; else columns are "1", "2" ... */
    static TableList text(
            String name,
            PrepareSourceConfig source,
            List<ListFile> files,
            RemoteFiles store,
            char separator)
            throws IOException {
        String file = files.get(0).address();
        String head = PairLists.text(PairLists.head(store, files.get(0), PairLists.HEAD));
        if (head.isBlank()) {
            throw new UsageException("sources.%s.path: %s is empty".formatted(name, file));
        }
        List<List<String>> lines =
                head.lines()
                        .limit(LOOKED_AT)
                        .map(line -> Arrays.asList(line.split("" + separator, -1)))
                        .toList();
        List<String> first = lines.get(0).stream().map(TableList::plain).toList();
        boolean header = first.stream().noneMatch(Columns::isAddress);
        List<String> names =
                header
                        ? first
                        : IntStream.rangeClosed(1, first.size()).mapToObj(i -> "" + i).toList();
        requireDistinct(name, file, names);
        // Quoted separators make a line look longer; it says nothing then.
        List<List<String>> rows =
                lines.stream()
                        .skip(header ? 1 : 0)
                        .filter(line -> line.size() == names.size())
                        .map(line -> line.stream().map(TableList::plain).toList())
                        .toList();
        boolean tabs = separator == '\t';
        return new TableList(
                files,
                "csv",
                Map.of(
                        "sep", "" + separator,
                        "header", "" + header,
                        // Tabs need no quotes, and captions are full of single ones.
                        "quote", tabs ? "" : "\"",
                        "escape", tabs ? "\\" : "\"",
                        "multiLine", "" + !tabs),
                header ? List.of() : names,
                Columns.find(name, names, rows, source));
    }

    /** Spark tells columns apart whatever the case of their letters. */
    private static void requireDistinct(String name, String file, List<String> columns) {
        Set<String> seen = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (String column : columns) {
            if (!seen.add(column)) {
                throw new UsageException(
                        "sources.%s.path: %s has more than one column \"%s\"; it has %s"
                                .formatted(name, file, column, String.join(", ", columns)));
            }
        }
    }

    private static String plain(String value) {
        return value.strip().replaceAll("^\"|\"$", "");
    }

    @Override
    public String description() {
        String what =
                format.equals("parquet")
                        ? "parquet"
                        : (options.get("sep").equals("\t") ? "tab" : "comma") + "-separated values";
        return "%s (%s), %s".formatted(what, PairLists.amount(files), columns.description());
    }

    @Override
    public Dataset<Row> read(SparkSession spark) {
        DataFrameReader reader = spark.read().format(format).options(options);
        Dataset<Row> table =
                reader.load(files.stream().map(ListFile::address).toArray(String[]::new));
        if (!names.isEmpty()) {
            table = table.toDF(names.toArray(String[]::new));
        }
        Column extra =
                columns.others().isEmpty()
                        ? lit(null).cast(DataTypes.StringType)
                        : to_json(
                                struct(
                                        columns.others().stream()
                                                .map(TableList::quoted)
                                                .toArray(Column[]::new)));
        return table.select(
                quoted(columns.url()).cast(DataTypes.StringType).as("url"),
                quoted(columns.caption()).cast(DataTypes.StringType).as("caption"),
                lit(null).cast(DataTypes.StringType).as("place"),
                extra.as("extra"),
                lit(null).cast(DataTypes.StringType).as("fault"));
    }

    private static Column quoted(String name) {
        return col("`" + name.replace("`", "``") + "`");
    }
}
