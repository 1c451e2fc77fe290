package org.minigpt4j.prepare.list;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.filter;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.AtomicType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.PrepareSourceConfig;
import org.minigpt4j.io.RemoteFiles;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tables in parquet, read by Spark. Each file is read by its own columns, and of those only the
 * ones that are used: a type that Spark does not know does no harm in a column that nobody needs.
 *
 * @param tables for each file its columns and their types
 * @param leftOut columns that cannot be read, with their types
 */
record ParquetList(List<ListFile> files, List<Table> tables, Map<String, String> leftOut)
        implements PairList {

    private static final int LOOKED_AT = 100;

    /** Spark's names of paths are patterns, unless it is told that they are none. */
    private static final Map<String, String> OPTIONS = Map.of("__globPaths__", "false");

    /** What is read of a file. */
    record Table(Columns columns, StructType schema) {}

    static ParquetList open(
            String name,
            PrepareSourceConfig source,
            List<ListFile> files,
            RemoteFiles store,
            SparkSession spark) {
        for (ListFile file : files) {
            if (file.name().startsWith("_") || file.name().startsWith(".")) {
                throw new UsageException(
                        "sources.%s.path: Spark passes over parquet files whose names begin with _ or a dot; rename %s"
                                .formatted(name, file.address()));
            }
        }
        // Columns that differ in the case of their letters only are told apart.
        spark.conf().set("spark.sql.caseSensitive", "true");
        List<ParquetSchema> schemas =
                files.parallelStream().map(file -> schema(name, file, store)).toList();
        List<Table> tables = new ArrayList<>();
        Map<String, String> leftOut = new TreeMap<>();
        for (int i = 0; i < files.size(); i++) {
            ListFile file = files.get(i);
            ParquetSchema schema = schemas.get(i);
            List<String> names = new ArrayList<>(List.of(schema.readable().fieldNames()));
            names.addAll(schema.unreadable().keySet());
            Columns all =
                    Columns.find(
                            name,
                            file.address(),
                            names,
                            () -> rows(name, file, schema, names, spark),
                            source);
            requireText(name, file, "url_column", all.url(), schema);
            requireText(name, file, "caption_column", all.caption(), schema);
            List<String> others = new ArrayList<>(all.others());
            others.removeAll(schema.unreadable().keySet());
            Columns columns = new Columns(all.url(), all.caption(), List.copyOf(others));
            leftOut.putAll(schema.unreadable());
            tables.add(new Table(columns, schema.readable()));
        }
        return new ParquetList(files, tables, leftOut);
    }

    private static ParquetSchema schema(String name, ListFile file, RemoteFiles store) {
        try {
            return ParquetSchema.of(file, store);
        } catch (IOException | RuntimeException e) {
            throw new UsageException(
                    "sources.%s.path: %s cannot be read as parquet: %s"
                            .formatted(name, file.address(), e.getMessage()),
                    e);
        }
    }

    private static List<List<String>> rows(
            String name,
            ListFile file,
            ParquetSchema schema,
            List<String> names,
            SparkSession spark) {
        try {
            List<List<String>> rows = new ArrayList<>();
            for (Row row :
                    table(spark, schema.readable(), List.of(file))
                            .limit(LOOKED_AT)
                            .collectAsList()) {
                List<String> values = new ArrayList<>();
                for (int i = 0; i < names.size(); i++) {
                    values.add(i < row.size() ? String.valueOf(row.get(i)) : "");
                }
                rows.add(values);
            }
            return rows;
        } catch (Exception e) {
            // Spark throws exceptions that are checked and that its methods do not declare.
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            throw new UsageException(
                    "sources.%s.path: %s cannot be read as parquet: %s"
                            .formatted(name, file.address(), cause.getMessage()),
                    e);
        }
    }

    private static void requireText(
            String name, ListFile file, String key, String column, ParquetSchema schema) {
        DataType type =
                schema.unreadable().containsKey(column)
                        ? null
                        : schema.readable().apply(column).dataType();
        boolean text = type instanceof StringType || type instanceof BinaryType;
        if (key.equals("caption_column")) {
            text =
                    isCaption(type)
                            || type instanceof ArrayType list && isCaption(list.elementType());
        }
        if (!text) {
            throw new UsageException(
                    "sources.%s.%s: column %s of %s is of type %s, not text; name another column"
                            .formatted(
                                    name,
                                    key,
                                    column,
                                    file.address(),
                                    type == null
                                            ? schema.unreadable().get(column)
                                            : type.simpleString()));
        }
    }

    private static boolean isCaption(DataType type) {
        return type instanceof AtomicType;
    }

    private static Dataset<Row> table(SparkSession spark, StructType schema, List<ListFile> files) {
        return spark.read()
                .options(OPTIONS)
                .schema(schema)
                .parquet(files.stream().map(ListFile::address).toArray(String[]::new));
    }

    @Override
    public String description() {
        return "parquet (%s), %s"
                .formatted(
                        PairLists.amount(files),
                        Columns.description(files, tables.stream().map(Table::columns).toList()));
    }

    @Override
    public List<String> notices() {
        if (leftOut.isEmpty()) {
            return List.of();
        }
        List<String> told = new ArrayList<>();
        leftOut.forEach((name, type) -> told.add(name + " (" + type + ")"));
        return List.of("columns that cannot be read are left out: " + String.join(", ", told));
    }

    @Override
    public JavaRDD<Row> rows(JavaSparkContext context) {
        return read(Queries.of(context)).javaRDD();
    }

    @Override
    public Dataset<Row> read(SparkSession spark) {
        Map<Table, List<ListFile>> alike = new LinkedHashMap<>();
        for (int i = 0; i < files.size(); i++) {
            alike.computeIfAbsent(tables.get(i), table -> new ArrayList<>()).add(files.get(i));
        }
        Dataset<Row> all = null;
        for (Map.Entry<Table, List<ListFile>> some : alike.entrySet()) {
            Dataset<Row> rows = read(spark, some.getKey(), some.getValue());
            all = all == null ? rows : all.union(rows);
        }
        return all;
    }

    private static Dataset<Row> read(SparkSession spark, Table table, List<ListFile> files) {
        Columns columns = table.columns();
        boolean several = table.schema().apply(columns.caption()).dataType() instanceof ArrayType;
        Column caption = quoted(columns.caption());
        Column none = lit(null).cast(DataTypes.StringType);
        Column extra =
                columns.others().isEmpty()
                        ? none
                        : to_json(
                                struct(
                                        columns.others().stream()
                                                .map(ParquetList::quoted)
                                                .toArray(Column[]::new)));
        ArrayType texts = DataTypes.createArrayType(DataTypes.StringType);
        return table(spark, table.schema(), files)
                .select(
                        quoted(columns.url()).cast(DataTypes.StringType).as("url"),
                        (several ? none : caption.cast(DataTypes.StringType)).as("caption"),
                        none.as("place"),
                        extra.as("extra"),
                        none.as("fault"),
                        (several
                                        ? filter(caption.cast(texts), Column::isNotNull)
                                        : lit(null).cast(texts))
                                .as("captions"));
    }

    private static Column quoted(String name) {
        return col("`" + name.replace("`", "``") + "`");
    }
}
