package org.minigpt4j.prepare.dedupe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.Dedupe;
import org.minigpt4j.prepare.PrepareYaml;
import org.minigpt4j.prepare.dedupe.Duplicates.Place;
import org.minigpt4j.prepare.dedupe.NearPairs.Member;
import org.minigpt4j.prepare.plan.SampleKeys;
import org.minigpt4j.prepare.shard.PairRow;
import org.minigpt4j.prepare.shard.PairTable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Equals found in the driver and those found by queries, held against each other. */
class DuplicatesIT {

    private static final int SHARDS = 5;
    private static final int ROWS = 60;

    private static JavaSparkContext spark;

    @TempDir private Path temp;

    @BeforeAll
    static void start() {
        SparkSession.Builder builder = SparkSession.builder().master("local[2]");
        PrepareYaml.local().forEach(builder::config);
        spark = JavaSparkContext.fromSparkContext(builder.getOrCreate().sparkContext());
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private Map<Integer, List<Place>> shards() throws Exception {
        Random random = new Random(11);
        Map<Integer, List<Place>> byList = new TreeMap<>();
        for (int shard = 0; shard < SHARDS; shard++) {
            int list = shard % 2;
            Path folder = Files.createDirectories(temp.resolve("list" + list));
            List<PairRow> rows = new ArrayList<>();
            for (int i = 0; i < ROWS; i++) {
                long hash = random.nextInt(40) * 0x9E3779B97F4A7C15L;
                for (int bits = random.nextInt(4); bits > 0; bits--) {
                    hash ^= 1L << random.nextInt(64);
                }
                boolean success = random.nextInt(6) > 0;
                rows.add(
                        new PairRow(
                                new SampleKeys(ROWS).key(shard, i),
                                "http://a.example/" + shard + i,
                                "a caption",
                                success ? PairRow.Status.SUCCESS : PairRow.Status.DUPLICATE,
                                null,
                                32,
                                32,
                                64,
                                64,
                                null,
                                "sha" + random.nextInt(SHARDS * ROWS),
                                hash));
            }
            Place place = new Place(list, folder.toString(), shard);
            Files.write(Path.of(place.table()), PairTable.write(rows));
            byList.computeIfAbsent(list, one -> new ArrayList<>()).add(place);
        }
        return byList;
    }

    @Test
    void bothFindTheSame() throws Exception {
        Map<Integer, List<Place>> byList = shards();
        List<Place> all = byList.values().stream().flatMap(List::stream).toList();
        for (int distance : new int[] {0, 3}) {
            Duplicates duplicates =
                    new Duplicates(
                            spark, new DedupeRule(Dedupe.PERCEPTUAL, distance), ROWS, Map.of());
            Map<Member, Member> here = duplicates.laterHere(all);
            assertEquals(
                    new TreeMap<>(duplicates.laterThere(byList)),
                    new TreeMap<>(here),
                    "" + distance);
            assertTrue(here.size() > 20, "" + here.size());
            Map<Place, Map<String, String>> few = duplicates.among(all, all.size());
            assertFalse(few.isEmpty());
            assertEquals(duplicates.among(all, Long.MAX_VALUE), few);
        }
    }
}
