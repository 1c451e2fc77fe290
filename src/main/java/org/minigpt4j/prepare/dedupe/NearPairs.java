package org.minigpt4j.prepare.dedupe;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.shiftrightunsigned;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;

import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

import scala.Tuple2;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Different perceptual hashes that are near each other, found on the cluster: hashes are grouped by
 * the bands of {@link NearHashes}, and compared bit by bit within a group. What is shuffled grows
 * with the number of pictures and of bands; what is compared, with its square over the values a
 * band can have. Only pairs that are near come to the driver.
 */
final class NearPairs {

    private final SparkSession spark;
    private final int distance;

    NearPairs(SparkSession spark, int distance) {
        this.spark = spark;
        this.distance = distance;
    }

    /**
     * Which pictures go because one before them that stays is near. In the order of pictures each
     * stays unless it is near one that stays; of several such, the first is what it counts as.
     *
     * @param rows {@code list}, {@code key}, {@code phash} of pictures
     */
    Map<Member, Member> later(Dataset<Row> rows) {
        Map<Long, List<Long>> neighbours = new HashMap<>();
        for (Row pair : pairs(rows).collectAsList()) {
            add(neighbours, pair.getLong(0), pair.getLong(1));
        }
        return later(neighbours, firsts(rows, neighbours.keySet()));
    }

    /** The same in the driver. */
    static Map<Member, Member> later(List<Picture> pictures, int distance) {
        Map<Long, Member> first = new HashMap<>();
        for (Picture picture : pictures) {
            first.merge(picture.phash(), picture.member(), (a, b) -> a.compareTo(b) <= 0 ? a : b);
        }
        int bands = NearHashes.bands(distance);
        Map<Long, List<Long>> neighbours = new HashMap<>();
        for (int band = 0; band < bands; band++) {
            Map<Long, List<Long>> alike = new HashMap<>();
            for (long hash : first.keySet()) {
                alike.computeIfAbsent(
                                NearHashes.band(hash, band, bands), value -> new ArrayList<>())
                        .add(hash);
            }
            for (List<Long> hashes : alike.values()) {
                near(band, hashes, distance).forEach(pair -> add(neighbours, pair._1, pair._2));
            }
        }
        TreeMap<Member, Long> firsts = new TreeMap<>();
        neighbours.keySet().forEach(hash -> firsts.put(first.get(hash), hash));
        return later(neighbours, firsts);
    }

    private static void add(Map<Long, List<Long>> neighbours, long a, long b) {
        neighbours.computeIfAbsent(a, hash -> new ArrayList<>()).add(b);
        neighbours.computeIfAbsent(b, hash -> new ArrayList<>()).add(a);
    }

    private static Map<Member, Member> later(
            Map<Long, List<Long>> neighbours, TreeMap<Member, Long> firsts) {
        Map<Member, Member> found = new TreeMap<>();
        Map<Long, Member> kept = new HashMap<>();
        firsts.forEach(
                (member, hash) ->
                        neighbours.get(hash).stream()
                                .filter(kept::containsKey)
                                .map(kept::get)
                                .min(Member::compareTo)
                                .ifPresentOrElse(
                                        before -> found.put(member, before),
                                        () -> kept.put(hash, member)));
        return found;
    }

    private Dataset<Row> pairs(Dataset<Row> rows) {
        int bands = NearHashes.bands(distance);
        int most = distance;
        Column[] banded = new Column[bands];
        for (int band = 0; band < bands; band++) {
            int first = NearHashes.firstBit(band, bands);
            int width = NearHashes.firstBit(band + 1, bands) - first;
            banded[band] =
                    struct(
                            lit(band).as("band"),
                            shiftrightunsigned(col("phash"), first)
                                    .bitwiseAND(lit(-1L >>> Long.SIZE - width))
                                    .as("value"));
        }
        return rows.select("phash")
                .distinct()
                .select(col("phash"), explode(array(banded)).as("at"))
                .groupBy("at")
                .agg(collect_list("phash").as("hashes"))
                .where(size(col("hashes")).gt(1))
                .select(col("at.band"), col("hashes"))
                .flatMap(
                        (FlatMapFunction<Row, Tuple2<Long, Long>>)
                                group ->
                                        near(group.getInt(0), group.<Long>getList(1), most)
                                                .iterator(),
                        Encoders.tuple(Encoders.LONG(), Encoders.LONG()))
                .toDF("a", "b");
    }

    /**
     * The near ones among hashes that share a band; those that share one before it are left out.
     */
    private static List<Tuple2<Long, Long>> near(int band, List<Long> hashes, int distance) {
        long[] all = hashes.stream().mapToLong(Long::longValue).toArray();
        int bands = NearHashes.bands(distance);
        List<Tuple2<Long, Long>> pairs = new ArrayList<>();
        for (int i = 0; i < all.length; i++) {
            for (int j = 0; j < i; j++) {
                if (Long.bitCount(all[i] ^ all[j]) <= distance
                        && firstShared(all[i], all[j], bands) == band) {
                    pairs.add(new Tuple2<>(all[i], all[j]));
                }
            }
        }
        return pairs;
    }

    private static int firstShared(long a, long b, int bands) {
        int band = 0;
        while (NearHashes.band(a ^ b, band, bands) != 0) {
            band++;
        }
        return band;
    }

    /** The first picture of each of these hashes. */
    private TreeMap<Member, Long> firsts(Dataset<Row> rows, Set<Long> hashes) {
        TreeMap<Member, Long> firsts = new TreeMap<>();
        if (hashes.isEmpty()) {
            return firsts;
        }
        Dataset<Row> wanted =
                spark.createDataset(new ArrayList<>(hashes), Encoders.LONG()).toDF("phash");
        rows.join(wanted, "phash")
                .groupBy("phash")
                .agg(min(struct(col("list"), length(col("key")), col("key"))).as("first"))
                .select("phash", "first.list", "first.key")
                .collectAsList()
                .forEach(
                        row ->
                                firsts.put(
                                        new Member(row.getInt(1), row.getString(2)),
                                        row.getLong(0)));
        return firsts;
    }

    /** A picture by its list's place among the lists and its key; in the order of these. */
    record Member(int list, String key) implements Comparable<Member> {

        @Override
        public int compareTo(Member other) {
            int byList = Integer.compare(list, other.list);
            // Beyond 99,999 shards keys are longer.
            int byLength = Integer.compare(key.length(), other.key.length());
            return byList != 0 ? byList : byLength != 0 ? byLength : key.compareTo(other.key);
        }
    }
}
