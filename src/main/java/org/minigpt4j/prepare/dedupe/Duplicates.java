package org.minigpt4j.prepare.dedupe;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.minigpt4j.prepare.dedupe.NearPairs.Member;
import org.minigpt4j.prepare.list.PairLists;
import org.minigpt4j.prepare.list.Queries;
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
import java.util.function.Function;

/**
 * Pictures that came twice.
 *
 * <p>A shard knows the pictures of the shards that were finished when its round began ({@link
 * #known}) and its own, and takes none of them again. What is left are equals in shards that were
 * made at the same time. Those are looked for in the tables when a round is over ({@link #among}):
 * the first by list and key stays, and the shards of the others are made again without them, from
 * their own files. To ask somebody while a shard is made would need a service that outlives kills,
 * and to hold all pictures back until they are known would write everything twice; this writes a
 * second time only the shards that have an equal. It holds after kills because it asks nothing but
 * the tables of finished shards, and because it is done again until it finds none.
 */
public final class Duplicates {

    /** 40 bytes each where looks count, else 8, in every executor. */
    private static final long MOST_KNOWN = 8_000_000;

    /** So many are compared in the driver, without the half a minute of Spark's first queries. */
    private static final long MOST_HERE = 20_000;

    /** A finished shard: the list's place among the lists, its folder, the shard's number. */
    public record Place(int list, String folder, int shard) implements Serializable {

        String table() {
            return folder + "/" + SampleKeys.shard(shard) + ".parquet";
        }
    }

    private final JavaSparkContext spark;
    private final DedupeRule rule;
    private final int samplesPerShard;
    private final Map<String, String> hadoop;

    /** A search by a rule, in shards of so many samples, with options of Hadoop's. */
    public Duplicates(
            JavaSparkContext spark,
            DedupeRule rule,
            int samplesPerShard,
            Map<String, String> hadoop) {
        this.spark = spark;
        this.rule = rule;
        this.samplesPerShard = samplesPerShard;
        this.hadoop = hadoop;
    }

    /**
     * What the shards hold.
     *
     * @param kept how many pictures that are; of too many nothing is told, and all are compared
     *     after the round
     */
    public KnownPictures known(List<Place> shards, long kept) {
        if (!rule.looksAtBytes() || shards.isEmpty() || kept > MOST_KNOWN) {
            return KnownPictures.none(rule);
        }
        DedupeRule how = rule;
        Map<String, String> options = hadoop;
        int tasks = Math.min(shards.size(), 4 * spark.defaultParallelism());
        return KnownPictures.of(
                rule,
                spark.parallelize(shards, tasks)
                        .map(shard -> KnownPictures.of(how, table(shard, options)))
                        .collect());
    }

    private static List<PairRow> table(Place shard, Map<String, String> hadoop) throws IOException {
        try (ShardFolder folder = new ShardFolder(shard.folder(), hadoop)) {
            String table = SampleKeys.shard(shard.shard()) + ".parquet";
            return PairTable.read(folder.read(table).orElseThrow());
        }
    }

    /**
     * For each shard that holds pictures of others before it: the keys, and what they equal.
     *
     * @param kept how many pictures the shards hold; few are compared in the driver
     */
    public Map<Place, Map<String, String>> among(List<Place> shards, long kept) {
        Map<Place, Map<String, String>> found = new HashMap<>();
        if (!rule.looksAtBytes() || shards.size() < 2) {
            return found;
        }
        Map<Integer, List<Place>> byList = new HashMap<>();
        for (Place shard : shards) {
            byList.computeIfAbsent(shard.list(), list -> new ArrayList<>()).add(shard);
        }
        Map<Member, Member> later = kept <= MOST_HERE ? laterHere(shards) : laterThere(byList);
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

    /** Compares in the driver. */
    Map<Member, Member> laterHere(List<Place> shards) {
        Map<String, String> options = hadoop;
        int tasks = Math.min(shards.size(), 4 * spark.defaultParallelism());
        List<Picture> pictures =
                spark.parallelize(shards, tasks)
                        .flatMap(shard -> pictures(shard, options).iterator())
                        .collect();
        Map<Member, Member> later = new HashMap<>();
        equal(pictures, Picture::sha256, later);
        if (rule.looksAtPictures()) {
            equal(pictures, Picture::phash, later);
            if (rule.distance() > 0) {
                later.putAll(NearPairs.later(pictures, rule.distance()));
            }
        }
        return later;
    }

    private static List<Picture> pictures(Place shard, Map<String, String> hadoop)
            throws IOException {
        return table(shard, hadoop).stream()
                .filter(PairRow::isSuccess)
                .map(row -> Picture.of(shard.list(), row))
                .toList();
    }

    private static void equal(
            List<Picture> pictures, Function<Picture, Object> mark, Map<Member, Member> later) {
        Map<Object, Member> first = new HashMap<>();
        pictures.forEach(
                picture ->
                        first.merge(
                                mark.apply(picture),
                                picture.member(),
                                (a, b) -> a.compareTo(b) <= 0 ? a : b));
        for (Picture picture : pictures) {
            Member stays = first.get(mark.apply(picture));
            if (!stays.equals(picture.member())) {
                later.put(picture.member(), stays);
            }
        }
    }

    /** Compares on the cluster. */
    Map<Member, Member> laterThere(Map<Integer, List<Place>> byList) {
        Dataset<Row> rows = rows(byList).persist(StorageLevel.MEMORY_AND_DISK());
        Map<Member, Member> later = new HashMap<>();
        equal(rows, "sha256", later);
        if (rule.looksAtPictures()) {
            equal(rows, "phash", later);
            if (rule.distance() > 0) {
                later.putAll(new NearPairs(Queries.of(spark), rule.distance()).later(rows));
            }
        }
        rows.unpersist();
        return later;
    }

    private Dataset<Row> rows(Map<Integer, List<Place>> byList) {
        return byList.entrySet().stream()
                .map(
                        list ->
                                Queries.of(spark)
                                        .read()
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
