package org.minigpt4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.DatasetFormat;
import org.minigpt4j.image.ImageProcessor;
import org.minigpt4j.nano.NanoTokenizer;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.text.CaptionProcessor;
import org.minigpt4j.text.Tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A run that goes on far along begins as fast as a new one: nothing is replayed. */
@Timeout(120)
class FirstBatchTest {

    private static final int SHARDS = 200;
    private static final int SCENES = 20;
    private static final int ROUNDS = 21;
    private static final int MOST_ROUNDS = 200;
    private static final double LIMIT = 1.2;
    private static final long FAR = 5_000_000;

    @TempDir Path folder;

    @Test
    void theFirstBatchAtFiveMillionTakesAsLongAsTheFirstOfAll() throws Exception {
        SceneWorld world = new SceneWorld(2, 64);
        Path shards = Files.createDirectories(folder.resolve("shards"));
        for (int shard = 0; shard < SHARDS; shard++) {
            Tars tars = new Tars();
            for (int i = 0; i < SCENES; i++) {
                String key = String.format(Locale.ROOT, "%05d%04d", shard, i);
                tars.add(key + ".jpg", world.jpeg(i)).add(key + ".txt", world.caption(i));
            }
            tars.write(shards.resolve(String.format(Locale.ROOT, "%05d.tar", shard)));
        }
        NanoTokenizer.writeTo(folder.resolve("llm"));
        BatchSettings settings =
                BatchSettings.of(
                        16,
                        List.of(
                                new SourceSettings(
                                        "laion",
                                        DatasetFormat.WEBDATASET,
                                        List.of(shards.toString()),
                                        1,
                                        ImageProcessor.randomResizedCrop(56),
                                        Optional.of(new CaptionProcessor()))),
                        folder.resolve("cache"));
        double first = Double.MAX_VALUE;
        double far = Double.MAX_VALUE;
        try (Tokenizer tokenizer = Tokenizer.open(folder.resolve("llm"))) {
            millis(settings, tokenizer, 0); // makes the indexes
            int round = 0;
            do {
                first = Math.min(first, millis(settings, tokenizer, 0));
                far = Math.min(far, millis(settings, tokenizer, FAR));
                round++;
            } while (round < ROUNDS || far >= LIMIT * first && round < MOST_ROUNDS);
        }
        // What else the machine does only ever adds: the fastest of many is what it costs.
        double ratio = far / first;
        System.out.printf(
                Locale.ROOT,
                "first batch: %.1f ms at 0, %.1f ms at %d, ratio %.2f%n",
                first,
                far,
                FAR,
                ratio);
        assertTrue(ratio < LIMIT, "ratio " + ratio);
    }

    /** From opening the data to holding the micro-batch. */
    private static double millis(BatchSettings settings, Tokenizer tokenizer, long position)
            throws InterruptedException {
        long begin = System.nanoTime();
        try (BatchLoader loader = BatchLoader.open(settings, tokenizer, position)) {
            assertEquals(position, loader.next().position());
            return (System.nanoTime() - begin) / 1e6;
        }
    }
}
