package org.minigpt4j.prepare.dedupe;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.minigpt4j.prepare.dedupe.NearPairs.Member;
import org.minigpt4j.prepare.list.PairLists;
import org.minigpt4j.prepare.plan.SampleKeys;
import org.minigpt4j.prepare.plan.ShardFolder;
import org.minigpt4j.prepare.shard.PairRow;
import org.minigpt4j.prepare.shard.PairTable;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
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
public final class Duplicates {

    /** 40 bytes each where looks count, else 8, in every executor. */
    private static final long MOST_KNOWN = 8_000_000;

    /** A finished shard: the list's place among the lists, its folder, the shard's number. */
    public record Place(int list, String folder, int shard) implements Serializable {

        String table() {
            return folder + "/" + SampleKeys.shard(shard) + ".parquet";
        }
    }

    private final SparkSession spark;
    private final DedupeRule rule;
    private final int samplesPerShard;
    private final Map<String, String> hadoop;

    /** A search by a rule, in shards of so many samples, with options of Hadoop's. */
    public Duplicates(
            SparkSession spark, DedupeRule rule, int samplesPerShard, Map<String, String> hadoop) {
        this.spark = spark;
        this.rule = rule;
        this.samplesPerShard = samplesPerShard;
        this.hadoop = hadoop;
    }

    /**
     * What the shards hold.
     *
     * @param kept how many pictures that are; of too many nothing is told, and all are compared
     *     behind the round
     */
    public KnownPictures known(List<Place> shards, long kept) {
        if (!rule.looksAtBytes() || shards.isEmpty() || kept > MOST_KNOWN) {
            return KnownPictures.none(rule);
        }
        DedupeRule how = rule;
        Map<String, String> options = hadoop;
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        int tasks = Math.min(shards.size(), 4 * context.defaultParallelism());
        return KnownPictures.of(
                rule,
                context.parallelize(shards, tasks)
                        .map(shard -> KnownPictures.of(how, table(shard, options)))
                        .collect());
    }

    private static List<PairRow> table(Place shard, Map<String, String> hadoop) throws IOException {
        try (ShardFolder folder = new ShardFolder(shard.folder(), hadoop)) {
            String table = SampleKeys.shard(shard.shard()) + ".parquet";
            return PairTable.read(folder.read(table).orElseThrow());
        }
    }

    /** For each shard that holds pictures of others before it: the keys, and what they equal. */
    public Map<Place, Map<String, String>> among(List<Place> shards) {
        Map<Place, Map<String, String>> found = new HashMap<>();
        if (!rule.looksAtBytes() || shards.size() < 2) {
            return found;
        }
        Map<Integer, List<Place>> byList = new HashMap<>();
        for (Place shard : shards) {
            byList.computeIfAbsent(shard.list(), list -> new ArrayList<>()).add(shard);
        }
        Dataset<Row> rows = rows(byList).persist(StorageLevel.MEMORY_AND_DISK());
        Map<Member, Member> later = new HashMap<>();
        equal(rows, "sha256", later);
        if (rule.looksAtPictures()) {
            equal(rows, "phash", later);
            if (rule.distance() > 0) {
                later.putAll(new NearPairs(spark, rule.distance()).later(rows));
            }
        }
        rows.unpersist();
        for (Map.Entry<Member, Member> pair : later.entrySet()) {
            Member one = pair.getKey();
            Member stays = pair.getValue();
            while (later.containsKey(stays)) {
                stays = later.get(stays); // equal to one that is near to one that stays
            }
            String folder = byList.get(one.list()).get(0).folder();
            Place place = new Place(one.list(), folder, shardOf(one.key()));
            String other = byList.get(stays.list()).get(0).folder();
            String name =
                    one.list() == stays.list()
                            ? stays.key()
                            : other.substring(other.lastIndexOf('/') + 1) + "/" + stays.key();
            found.computeIfAbsent(place, shard -> new HashMap<>()).put(one.key(), name);
        }
        return found;
    }

    private Dataset<Row> rows(Map<Integer, List<Place>> byList) {
        return byList.entrySet().stream()
                .map(
                        list ->
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
                                                col("phash")))
                .reduce(Dataset::union)
                .orElseThrow();
    }

    /** Pictures with the same mark as one before them, and that one. */
    private static void equal(Dataset<Row> rows, String mark, Map<Member, Member> later) {
        List<Row> groups =
                rows.groupBy(mark)
                        .agg(collect_list(struct("list", "key")).as("same"))
                        .where(size(col("same")).gt(1))
                        .collectAsList();
        for (Row group : groups) {
            List<Member> same =
                    group.<Row>getList(1).stream()
                            .map(row -> new Member(row.getInt(0), row.getString(1)))
                            .sorted()
                            .toList();
            same.subList(1, same.size()).forEach(other -> later.put(other, same.get(0)));
        }
    }

    private int shardOf(String key) {
        int digits = new SampleKeys(samplesPerShard).key(0, 0).length() - 5;
        return Integer.parseInt(key.substring(0, key.length() - digits));
    }
}
