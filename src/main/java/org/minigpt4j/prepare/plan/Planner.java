package org.minigpt4j.prepare.plan;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.element_at;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.trim;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.minigpt4j.prepare.list.PairList;
import org.minigpt4j.prepare.list.Queries;

import scala.Tuple2;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Draws candidates from a list and cuts them into the plans of shards.
 *
 * <p>Every address gets a number, a hash of the seed and the address; the pairs in the order of
 * their numbers are the draw, and shard {@code i} tries those from {@code i * samplesPerShard} on.
 * So what a shard tries is a function of the seed and the list, whatever the order of the list, the
 * number of tasks that read it, and how many pairs were asked for: a larger budget or reserve draws
 * more after those already drawn. Of rows with one address the one stays that comes first when rows
 * are sorted; that, too, does not depend on their order.
 *
 * <p>To draw few of many, rows above a bound are left out before anything is sorted or sent. The
 * bound is set so that a little more than enough lie below it; should they be too few, because many
 * rows share an address, it is raised and the list read again.
 */
public final class Planner {

    private static final double MARGIN = 1.05;

    /** A list of so many bytes is drawn from in the driver. */
    private static final long SMALL = 16 << 20;

    private static final int SHARDS_PER_TASK = 16;

    private final JavaSparkContext spark;
    private final long seed;
    private final int samplesPerShard;
    private final Map<String, String> hadoop;

    public Planner(
            JavaSparkContext spark, long seed, int samplesPerShard, Map<String, String> hadoop) {
        this.spark = spark;
        this.seed = seed;
        this.samplesPerShard = samplesPerShard;
        this.hadoop = hadoop;
    }

    /**
     * What to draw.
     *
     * @param folder where the plans are written
     * @param wanted candidates, at least
     * @param present shards whose plans are there
     */
    record Draw(String folder, long wanted, int present) {

        /** Whole shards, so that a later, larger draw continues at a shard's border. */
        long candidates(long addressed, int samplesPerShard) {
            return wanted > addressed
                    ? addressed
                    : (wanted + samplesPerShard - 1) / samplesPerShard * samplesPerShard;
        }
    }

    /**
     * Draws at least {@code wanted} candidates, or all there are, and writes the plans of their
     * shards into {@code folder}, but for the first {@code present}, which are there.
     *
     * @param notices hears of rows that could not be read
     */
    public ListPlan draw(
            PairList list,
            String folder,
            TreeMap<String, String> from,
            long wanted,
            int present,
            Consumer<String> notices) {
        Draw draw = new Draw(folder, wanted, present);
        return list.bytes() <= SMALL
                ? drawHere(list, draw, from, notices)
                : drawThere(list, draw, from, notices);
    }

    /** Draws in the driver. */
    ListPlan drawHere(
            PairList list, Draw draw, TreeMap<String, String> from, Consumer<String> notices) {
        try {
            return new SmallDraw(draw, seed, samplesPerShard, hadoop)
                    .of(list.rows(spark).collect(), from, notices);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Draws on the cluster, by queries. */
    ListPlan drawThere(
            PairList list, Draw draw, TreeMap<String, String> from, Consumer<String> notices) {
        Column usable = length(trim(col("url"))).gt(0);
        Dataset<Row> rows = list.read(Queries.of(spark)).withColumn("caption", caption());
        Row counted =
                rows.agg(
                                count(lit(1)),
                                sum(when(usable, 1).otherwise(0)),
                                count(col("fault")),
                                min(col("fault")))
                        .first();
        long total = counted.getLong(0);
        long addressed = counted.isNullAt(1) ? 0 : counted.getLong(1);
        long broken = counted.getLong(2);
        tell(notices, broken, total, counted.get(3));
        long candidates = draw.candidates(addressed, samplesPerShard);
        double share = share(candidates, addressed);
        Column number = xxhash64(lit(seed), col("url"));
        while (true) {
            Dataset<Row> below =
                    share >= 1
                            ? rows.filter(usable)
                            : rows.filter(usable).filter(number.leq(bound(share)));
            Dataset<Row> drawn =
                    below.withColumn("number", number)
                            .groupBy("number", "url")
                            .agg(
                                    min(struct("caption", "place", "extra")).as("pair"),
                                    count(lit(1)).as("rows"))
                            .persist(StorageLevel.MEMORY_AND_DISK());
            try {
                Row sums = drawn.agg(count(lit(1)), sum("rows")).first();
                long distinct = sums.getLong(0);
                long looked = sums.isNullAt(1) ? 0 : sums.getLong(1);
                if (distinct < candidates && share < 1) {
                    share *= 2;
                    continue;
                }
                long taken = Math.min(candidates, distinct);
                write(drawn, draw.folder(), taken, draw.present());
                return new ListPlan(
                        from,
                        total,
                        total - addressed,
                        broken,
                        looked - distinct,
                        taken,
                        share >= 1 && taken == distinct);
            } finally {
                drawn.unpersist();
            }
        }
    }

    /** Of several captions the one that a number of the pair's own draws. */
    private Column caption() {
        Column captions = col("captions");
        Column drawn = pmod(xxhash64(lit(seed), lit("caption"), col("url")), size(captions));
        return when(size(captions).gt(0), element_at(captions, drawn.plus(1).cast("int")))
                .otherwise(col("caption"));
    }

    static void tell(Consumer<String> notices, long broken, long total, Object first) {
        if (broken > 0) {
            notices.accept(
                    "%,d of %,d rows could not be read, such as %s"
                            .formatted(broken, total, first));
        }
    }

    /** A share of the rows that is sure to hold enough, unless many have one address. */
    static double share(long candidates, long addressed) {
        return addressed == 0
                ? 1
                : (candidates * MARGIN + 8 * Math.sqrt(candidates) + 1) / addressed;
    }

    /** The number below which that share of all numbers lies. */
    static long bound(double share) {
        return (long) (Long.MIN_VALUE + share * 0x1p64);
    }

    private void write(Dataset<Row> drawn, String folder, long taken, int present) {
        int perShard = samplesPerShard;
        int shards = Math.toIntExact((taken + perShard - 1) / perShard) - present;
        if (shards <= 0) {
            return;
        }
        long first = (long) present * perShard;
        Map<String, String> options = hadoop;
        JavaPairRDD<Long, String> lines =
                drawn.orderBy("number", "url")
                        .javaRDD()
                        .zipWithIndex()
                        .filter(at -> at._2 >= first && at._2 < taken)
                        .mapToPair(at -> new Tuple2<>(at._2, line(at._1)));
        int tasks = 1 + (shards - 1) / SHARDS_PER_TASK;
        lines.repartitionAndSortWithinPartitions(new ByShard(first, perShard, shards, tasks))
                .foreachPartition(part -> writePlans(part, folder, perShard, options));
    }

    private static String line(Row row) {
        Row pair = row.getStruct(row.fieldIndex("pair"));
        String caption = pair.getString(0);
        String extra = pair.getString(2);
        return new Candidate(
                        row.<String>getAs("url"),
                        caption == null ? "" : caption,
                        pair.getString(1),
                        extra == null
                                ? new JsonObject()
                                : JsonParser.parseString(extra).getAsJsonObject())
                .toJson();
    }

    private static void writePlans(
            Iterator<Tuple2<Long, String>> lines,
            String folder,
            int perShard,
            Map<String, String> hadoop)
            throws IOException {
        try (ShardFolder store = new ShardFolder(folder, hadoop)) {
            Lookahead ahead = new Lookahead(lines);
            while (ahead.hasNext()) {
                int shard = Math.toIntExact(ahead.head._1 / perShard);
                Plan.write(store, shard, ahead.linesOf(shard, perShard));
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** The lines of one shard after the other. */
    private static final class Lookahead {

        private final Iterator<Tuple2<Long, String>> lines;
        private Tuple2<Long, String> head;

        Lookahead(Iterator<Tuple2<Long, String>> lines) {
            this.lines = lines;
            advance();
        }

        private void advance() {
            head = lines.hasNext() ? lines.next() : null;
        }

        boolean hasNext() {
            return head != null;
        }

        Iterator<String> linesOf(int shard, int perShard) {
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return head != null && head._1 / perShard == shard;
                }

                @Override
                public String next() {
                    String line = head._2;
                    advance();
                    return line;
                }
            };
        }
    }

    /** Runs of whole shards to each task. */
    private static final class ByShard extends Partitioner {

        private static final long serialVersionUID = 1L;

        private final long first;
        private final int perShard;
        private final int shards;
        private final int tasks;

        ByShard(long first, int perShard, int shards, int tasks) {
            this.first = first;
            this.perShard = perShard;
            this.shards = shards;
            this.tasks = tasks;
        }

        @Override
        public int numPartitions() {
            return tasks;
        }

        @Override
        public int getPartition(Object key) {
            long shard = ((Long) key - first) / perShard;
            return (int) (shard * tasks / shards);
        }
    }
}
