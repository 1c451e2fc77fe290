package org.minigpt4j.prepare.report;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.minigpt4j.prepare.shard.PairRow;
import org.minigpt4j.prepare.shard.PairTable;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The table of a finished shard, read as a whole. */
record SmallTable(OutputFolder.Shard shard, List<PairRow> pairs) {

    /** So many rows of all tables are read into the driver. */
    private static final long MOST_ROWS = 20_000;

    /** What the contact sheet looks at. */
    private static final StructType SHOWN =
            new StructType()
                    .add("key", DataTypes.StringType)
                    .add("url", DataTypes.StringType)
                    .add("caption", DataTypes.StringType)
                    .add("status", DataTypes.StringType)
                    .add("width", DataTypes.IntegerType)
                    .add("height", DataTypes.IntegerType)
                    .add("original_width", DataTypes.IntegerType)
                    .add("original_height", DataTypes.IntegerType)
                    .add("table", DataTypes.StringType);

    /** All tables, if they are small and have the columns of ours. */
    static Optional<List<SmallTable>> read(OutputFolder output, List<OutputFolder.Shard> shards) {
        long count = shards.stream().mapToLong(shard -> shard.stats().count()).sum();
        if (count > MOST_ROWS) {
            return Optional.empty();
        }
        List<SmallTable> tables = new ArrayList<>();
        for (OutputFolder.Shard shard : shards) {
            try (InputStream in = output.open(shard.name() + ".parquet")) {
                tables.add(new SmallTable(shard, PairTable.read(in.readAllBytes())));
            } catch (IOException | RuntimeException others) {
                return Optional.empty(); // Spark reads them, or says what is wrong
            }
        }
        return Optional.of(tables);
    }

    /** Their rows. */
    static List<PairRow> pairs(List<SmallTable> tables) {
        return tables.stream().flatMap(table -> table.pairs().stream()).toList();
    }

    /** The rows of some shards, as Spark would give them. */
    static List<Row> rows(
            OutputFolder output, List<SmallTable> tables, List<OutputFolder.Shard> chosen) {
        Set<OutputFolder.Shard> wanted = new HashSet<>(chosen);
        List<Row> rows = new ArrayList<>();
        for (SmallTable table : tables) {
            if (wanted.contains(table.shard())) {
                String address = output.uri(table.shard().name() + ".parquet");
                table.pairs().forEach(pair -> rows.add(row(pair, address)));
            }
        }
        return rows;
    }

    private static Row row(PairRow pair, String table) {
        return new GenericRowWithSchema(
                new Object[] {
                    pair.key(),
                    pair.url(),
                    pair.caption(),
                    pair.status().word(),
                    pair.width(),
                    pair.height(),
                    pair.originalWidth(),
                    pair.originalHeight(),
                    table
                },
                SHOWN);
    }
}
