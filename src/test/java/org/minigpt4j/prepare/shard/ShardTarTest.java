package org.minigpt4j.prepare.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.google.gson.JsonObject;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.DatasetFormat;
import org.minigpt4j.data.BatchLoader;
import org.minigpt4j.data.BatchSettings;
import org.minigpt4j.data.Example;
import org.minigpt4j.data.SourceSettings;
import org.minigpt4j.image.ImageProcessor;
import org.minigpt4j.nano.NanoTokenizer;
import org.minigpt4j.prepare.fetch.TestPictures;
import org.minigpt4j.prepare.plan.Candidate;
import org.minigpt4j.prepare.plan.ListPlan;
import org.minigpt4j.prepare.plan.SampleKeys;
import org.minigpt4j.prepare.plan.ShardFolder;
import org.minigpt4j.text.CaptionProcessor;
import org.minigpt4j.text.Tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** A shard as it is written, read by those who read shards. */
class ShardTarTest {

    private static final int SAMPLES = 7;

    @TempDir private Path folder;

    private List<PairRow> write() throws Exception {
        SampleKeys numbering = new SampleKeys(SAMPLES);
        List<PairRow> rows = new ArrayList<>();
        ShardTar.Finished finished;
        try (ShardFolder out = new ShardFolder(folder + "/shards", Map.of());
                var upload = out.create("00003.tar")) {
            ShardTar tar = new ShardTar(upload.stream());
            for (int i = 0; i < SAMPLES; i++) {
                PairRow row = row(numbering.key(3, i), i);
                rows.add(row);
                tar.add(
                        row.key(),
                        TestPictures.jpeg(i),
                        row.caption(),
                        row.toJson(new JsonObject()));
            }
            finished = tar.finish();
            upload.commit();
            out.put("00003.tar.index", finished.index().getBytes());
            out.put("00003.parquet", PairTable.write(rows));
            ShardStats stats = ShardStats.of(rows, 1, 2, 99, finished.bytes(), finished.sha256());
            assertEquals(stats, ShardStats.of(stats.toJson()));
            ListPlan plan = new ListPlan(new TreeMap<>(), 8, 1, 0, 0, SAMPLES, true);
            assertEquals(plan, ListPlan.of(plan.toJson()));
            out.put("manifest.json", Manifest.of(plan, new TreeMap<>(Map.of(3, stats))));
        }
        assertEquals(
                rows, PairTable.read(Files.readAllBytes(folder.resolve("shards/00003.parquet"))));
        return rows;
    }

    private static PairRow row(String key, int i) {
        return new PairRow(
                key,
                "http://host/" + i,
                "a caption, \"ünïcode\" " + i,
                PairRow.Status.SUCCESS,
                null,
                40,
                50,
                400,
                500,
                "{}",
                "ab".repeat(32),
                -1L - i);
    }

    @Test
    void trainingReadsItAndItsIndexIsTheOneThatReadingMakes() throws Exception {
        List<PairRow> rows = write();
        Path index = folder.resolve("shards/00003.tar.index");
        String ours = Files.readString(index);
        assertEquals(new TreeSet<>(rows.stream().map(PairRow::key).toList()), keysReadByTraining());
        assertEquals(ours, Files.readString(index), "ours was taken for good");
        Files.delete(index);
        keysReadByTraining();
        assertEquals(Files.readString(index), ours);
    }

    @Test
    void whatAKilledMakerLeftIsTakenOver() throws Exception {
        List<PairRow> rows = write();
        Files.delete(folder.resolve("shards/00003.parquet"));
        try (ShardFolder out = new ShardFolder(folder + "/shards", Map.of());
                PreviousShard previous = PreviousShard.open(out, "00003")) {
            for (int i = 0; i < SAMPLES; i++) {
                PairRow row = rows.get(i);
                Candidate pair = new Candidate(row.url(), row.caption(), null, new JsonObject());
                assertEquals(Optional.of(row), previous.row(row.key(), pair));
                Candidate other = new Candidate("http://other", "", null, new JsonObject());
                assertEquals(Optional.empty(), previous.row(row.key(), other));
                if (i % 2 == 1) {
                    assertEquals(TestPictures.jpeg(i).length, previous.picture(row.key()).length);
                }
            }
        }
    }

    private TreeSet<String> keysReadByTraining() throws Exception {
        NanoTokenizer.writeTo(folder.resolve("llm"));
        BatchSettings settings =
                BatchSettings.of(
                        SAMPLES,
                        List.of(
                                new SourceSettings(
                                        "web",
                                        DatasetFormat.WEBDATASET,
                                        List.of(folder + "/shards"),
                                        1,
                                        ImageProcessor.resize(28),
                                        Optional.of(new CaptionProcessor()))),
                        folder.resolve("cache"));
        TreeSet<String> keys = new TreeSet<>();
        try (Tokenizer tokenizer = Tokenizer.open(folder.resolve("llm"));
                BatchLoader loader = BatchLoader.open(settings, tokenizer, 0)) {
            for (Example example : loader.next().examples()) {
                keys.add(example.key());
                assertNotNull(example.pixels());
            }
        }
        return keys;
    }
}
