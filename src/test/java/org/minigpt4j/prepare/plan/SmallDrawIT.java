package org.minigpt4j.prepare.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.prepare.PrepareYaml;
import org.minigpt4j.prepare.list.PairList;
import org.minigpt4j.prepare.list.PairLists;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Drawing in the driver and drawing by queries, held against each other. */
class SmallDrawIT {

    private static final int ROWS = 400;

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

    private Path list() throws Exception {
        Random random = new Random(7);
        List<String> texts = List.of("a", "ä", "\ud83d\udc08", "\uffff", "", "zz", "B", "10");
        List<String> objects = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            String url =
                    switch (random.nextInt(20)) {
                        case 0 -> "\"\"";
                        case 1 -> "\"  \"";
                        case 2 -> "null";
                        case 3 -> "\"http://a.example/\ud83d\udc08" + random.nextInt(5) + "\"";
                        default -> "\"http://a.example/" + random.nextInt(ROWS / 2) + "\"";
                    };
            String text = texts.get(random.nextInt(texts.size()));
            String caption =
                    random.nextInt(3) == 0
                            ? "[\"one %s\", \"two\", \"three\"]".formatted(text)
                            : random.nextInt(9) == 0 ? "null" : "\"" + text + "\"";
            String more = random.nextBoolean() ? ", \"NSFW\": \"" + text + "\"" : "";
            objects.add("{\"url\": %s, \"caption\": %s%s}".formatted(url, caption, more));
        }
        objects.add(300, "{\"url\": \"http://a\" bad, \"caption\": \"c\"}");
        return Files.writeString(
                temp.resolve("list.jsonl"), String.join("\n", objects), StandardCharsets.UTF_8);
    }

    @Test
    void bothDrawTheSame() throws Exception {
        PrepareConfig config = PrepareYaml.of(temp, list(), temp + "/out", "127.0.0.1:1");
        try (RemoteFiles files = new RemoteFiles(Map.of())) {
            PairList list = new PairLists(spark, files).open("web", config.sources().get("web"));
            for (long wanted : new long[] {10, 60, Long.MAX_VALUE}) {
                for (int present : wanted == 60 ? new int[] {0, 2} : new int[] {0}) {
                    Planner planner = new Planner(spark, 3, 25, Map.of());
                    String name = wanted + "-" + present;
                    List<String> noticesHere = new ArrayList<>();
                    List<String> noticesThere = new ArrayList<>();
                    TreeMap<String, String> from = new TreeMap<>(Map.of("seed", "3"));
                    ListPlan here =
                            planner.drawHere(
                                    list,
                                    new Planner.Draw(temp + "/here" + name, wanted, present),
                                    from,
                                    noticesHere::add);
                    ListPlan there =
                            planner.drawThere(
                                    list,
                                    new Planner.Draw(temp + "/there" + name, wanted, present),
                                    from,
                                    noticesThere::add);
                    assertEquals(there, here, name);
                    assertEquals(noticesThere, noticesHere, name);
                    assertEquals(plans("there" + name), plans("here" + name), name);
                    assertEquals(there.shards(25) - present, plans("here" + name).size(), "plans");
                }
            }
        }
    }

    private TreeMap<String, List<String>> plans(String folder) throws Exception {
        TreeMap<String, List<String>> plans = new TreeMap<>();
        try (ShardFolder store = new ShardFolder(temp.resolve(folder).toString(), Map.of())) {
            for (String file : store.list(Plan.FOLDER).keySet()) {
                if (Plan.isPlan(file)) {
                    int shard = Integer.parseInt(file.replaceAll("\\D.*", ""));
                    plans.put(
                            file, Plan.read(store, shard).stream().map(Candidate::toJson).toList());
                }
            }
        }
        return plans;
    }
}
