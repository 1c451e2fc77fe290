package org.minigpt4j.prepare;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.minigpt4j.config.Dedupe;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Pictures that came twice.
 *
 * <p>A shard knows the pictures of the shards that were finished when its round began ({@link
 * #known}) and its own, and takes none of them again. What is left are equals in shards that were
 * made at the same time. Those are looked for in the tables when a round is over ({@link #among}):
 * the first by list and key stays, and the shards of the others are made anew without them, from
 * their own files. To ask somebody while a shard is made would need a service that outlives kills,
 * and to hold all pictures back until they are known would write everything twice; this writes a
 * second time only the shards that have an equal. It holds after kills because it asks nothing but
 * the tables of finished shards, and because it is done again until it finds none.
 */
final class Duplicates {

    /** A finished shard: the list's place among the lists, its folder, the shard's number. */
    record Place(int list, String folder, int shard) implements Serializable {

        String table() {
            return folder + "/" + Numbering.shard(shard) + ".parquet";
        }
    }

    private final SparkSession spark;
    private final Dedupe dedupe;
    private final int samplesPerShard;
    private final Map<String, String> hadoop;

    Duplicates(SparkSession spark, Dedupe dedupe, int samplesPerShard, Map<String, String> hadoop) {
        this.spark = spark;
        this.dedupe = dedupe;
        this.samplesPerShard = samplesPerShard;
        this.hadoop = hadoop;
    }

    /** What the shards hold. */
    KnownPictures known(List<Place> shards) {
        if (dedupe == Dedupe.URL || shards.isEmpty()) {
            return KnownPictures.NONE;
        }
        Dedupe how = dedupe;
        Map<String, String> options = hadoop;
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        int tasks = Math.min(shards.size(), 4 * context.defaultParallelism());
        List<long[]> marks =
                context.parallelize(shards, tasks)
                        .map(shard -> marks(shard, how, options))
                        .collect();
        return new KnownPictures(marks.stream().flatMapToLong(Arrays::stream).toArray());
    }

    private static long[] marks(Place shard, Dedupe dedupe, Map<String, String> hadoop)
            throws IOException {
        try (ShardFolder folder = new ShardFolder(shard.folder(), hadoop)) {
            String table = Numbering.shard(shard.shard()) + ".parquet";
            return PairTable.read(folder.read(table).orElseThrow()).stream()
                    .filter(PairRow::isSuccess)
                    .flatMap(row -> KnownPictures.marks(row, dedupe).stream())
                    .mapToLong(Long::longValue)
                    .toArray();
        }
    }

    /** For each shard that holds pictures of others before it: the keys, and what they equal. */
    Map<Place, Map<String, String>> among(List<Place> shards) {
        Map<Place, Map<String, String>> found = new HashMap<>();
        if (dedupe == Dedupe.URL || shards.size() < 2) {
            return found;
        }
        Map<Integer, List<Place>> byList = new HashMap<>();
        for (Place shard : shards) {
            byList.computeIfAbsent(shard.list(), list -> new ArrayList<>()).add(shard);
        }
        Dataset<Row> all = null;
        for (Map.Entry<Integer, List<Place>> list : byList.entrySet()) {
            Dataset<Row> rows =
                    spark.read()
                            .parquet(
                                    list.getValue().stream()
                                            .map(place -> PairLists.uri(place.table()))
                                            .toArray(String[]::new))
                            .where("status = 'success'")
                            .select(
                                    lit(list.getKey()).as("list"),
                                    col("key"),
                                    col("sha256"),
                                    col("phash"));
            all = all == null ? rows : all.union(rows);
        }
        collect(all, "sha256", byList, found);
        if (dedupe == Dedupe.PERCEPTUAL) {
            collect(all, "phash", byList, found);
        }
        return found;
    }

    private void collect(
            Dataset<Row> rows,
            String mark,
            Map<Integer, List<Place>> byList,
            Map<Place, Map<String, String>> found) {
        List<Row> groups =
                rows.groupBy(mark)
                        .agg(collect_list(struct("list", "key")).as("same"))
                        .where(size(col("same")).gt(1))
                        .collectAsList();
        for (Row group : groups) {
            List<Row> same = new ArrayList<>(group.<Row>getList(1));
            same.sort(
                    Comparator.comparing((Row one) -> one.getInt(0))
                            .thenComparing(one -> one.getString(1)));
            String kept = same.get(0).getString(1);
            for (Row other : same.subList(1, same.size())) {
                String key = other.getString(1);
                Place place =
                        new Place(
                                other.getInt(0),
                                byList.get(other.getInt(0)).get(0).folder(),
                                shardOf(key));
                found.computeIfAbsent(place, shard -> new HashMap<>()).putIfAbsent(key, kept);
            }
        }
    }

    private int shardOf(String key) {
        int digits = new Numbering(samplesPerShard).key(0, 0).length() - 5;
        return Integer.parseInt(key.substring(0, key.length() - digits));
    }
}
