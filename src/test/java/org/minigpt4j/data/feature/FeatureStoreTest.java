package org.minigpt4j.data.feature;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Resources;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

class FeatureStoreTest {

    private static final int LENGTH = 24;

    @TempDir Path folder;

    @Test
    void whatIsPutIsReadInTheStoresPrecisionNowAndAfterwards() {
        for (FeatureFormat format : FeatureFormat.values()) {
            Path place = folder.resolve(format.name());
            float[] kept;
            try (FeatureStore store = FeatureStore.open(place, "a", format, LENGTH)) {
                assertTrue(store.get("s").isEmpty());
                kept = store.put("s", features(1));
                assertArrayEquals(kept, store.get("s").orElseThrow());
                float error = format == FeatureFormat.FP32 ? 0 : 0.01f;
                assertArrayEquals(features(1), kept, error);
            }
            try (FeatureStore store = FeatureStore.open(place, "a", format, LENGTH)) {
                assertArrayEquals(kept, store.get("s").orElseThrow());
                assertEquals(1, store.size());
            }
        }
    }

    /** A batch that was made ready before its features were kept computes them once more. */
    @Test
    void whatIsPutFirstStays() {
        float[] first;
        try (FeatureStore store = open("a")) {
            first = store.put("s", features(1));
            assertArrayEquals(first, store.put("s", features(2)));
            assertArrayEquals(first, store.get("s").orElseThrow());
        }
        try (FeatureStore store = open("a")) {
            assertArrayEquals(first, store.put("s", features(2)));
        }
    }

    /** Whoever changes what is written needs another number, and a fixture of its own. */
    @Test
    void whatEarlierVersionsKeptIsRead() throws IOException {
        Path kept = Resources.path("org/minigpt4j/data/feature/format1");
        for (String file : List.of("features.json", "0123456789abcdef.features")) {
            Files.copy(kept.resolve(file), folder.resolve(file));
        }
        Path now = folder.resolve("now");
        try (FeatureStore store = open("a");
                FeatureStore anew = FeatureStore.open(now, "a", FeatureFormat.FP16, LENGTH)) {
            assertEquals(2, store.size());
            float[] first = anew.put("sample-1", features(1));
            assertArrayEquals(first, store.get("sample-1").orElseThrow());
            float[] second = anew.put("ein Bild/ключ", features(2));
            assertArrayEquals(second, store.get("ein Bild/ключ").orElseThrow());
        }
        try (Stream<Path> files = Files.list(now)) {
            Path written = files.filter(f -> f.toString().endsWith(".features")).findFirst().get();
            assertEquals(-1, Files.mismatch(kept.resolve("0123456789abcdef.features"), written));
        }
    }

    @Test
    void featuresOfOtherWeightsFormatsOrSizesAreRefused() {
        open("a").close();
        UsageException error = assertThrows(UsageException.class, () -> open("b"));
        assertTrue(error.getMessage().contains("run.cache_features"), error.getMessage());
        assertThrows(
                UsageException.class,
                () -> FeatureStore.open(folder, "a", FeatureFormat.BF16, LENGTH));
        assertThrows(
                UsageException.class,
                () -> FeatureStore.open(folder, "a", FeatureFormat.FP16, LENGTH + 1));
        open("a").close();
    }

    @Test
    void aFileCutAnywhereKeepsEveryRecordBeforeTheCut() throws IOException {
        try (FeatureStore store = open("a")) {
            for (int i = 0; i < 5; i++) {
                store.put("sample-" + i, features(i));
            }
        }
        Path file = files().get(0);
        byte[] whole = Files.readAllBytes(file);
        int record = whole.length / 5;
        for (int length = 0; length <= whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            try (FeatureStore store = open("a")) {
                assertEquals(length / record, store.size(), "cut at " + length);
                for (int i = 0; i < length / record; i++) {
                    assertTrue(store.get("sample-" + i).isPresent());
                }
            }
        }
        Files.write(file, Arrays.copyOf(whole, whole.length - 1));
        try (FeatureStore store = open("a")) {
            store.put("sample-4", features(4));
        }
        try (FeatureStore store = open("a")) {
            assertEquals(5, store.size(), "the next process goes on in a file of its own");
        }
    }

    @Test
    void aDamagedRecordIsNotThereAndIsWrittenAnew() throws IOException {
        long seed = Long.getLong("minigpt4j.seed", 1);
        SplittableRandom random = new SplittableRandom(seed);
        try (FeatureStore store = open("a")) {
            store.put("sample", features(3));
        }
        Path file = files().get(0);
        byte[] whole = Files.readAllBytes(file);
        for (int round = 0; round < 300; round++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, damaged);
            try (FeatureStore store = open("a")) {
                assertTrue(store.get("sample").isEmpty(), "seed " + seed);
            }
        }
        try (FeatureStore store = open("a")) {
            float[] kept = store.put("sample", features(3));
            assertArrayEquals(kept, store.get("sample").orElseThrow());
        }
    }

    @Test
    void manyWritersOfOneFolderLoseNothing() {
        try (FeatureStore first = open("a");
                FeatureStore second = open("a")) {
            IntStream.range(0, 400)
                    .parallel()
                    .forEach(i -> (i % 2 == 0 ? first : second).put("s" + i, features(i)));
            assertTrue(first.get("s1").isEmpty(), "seen at the next start");
            assertArrayEquals(first.put("t", features(0)), first.get("s0").orElseThrow());
        }
        try (FeatureStore both = open("a")) {
            assertEquals(401, both.size());
            for (int i = 0; i < 400; i++) {
                assertArrayEquals(features(i), both.get("s" + i).orElseThrow(), 0.01f);
            }
        }
    }

    private FeatureStore open(String madeWith) {
        return FeatureStore.open(folder, madeWith, FeatureFormat.FP16, LENGTH);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(path -> path.toString().endsWith(".features")).toList();
        }
    }

    private static float[] features(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            values[i] = (float) random.nextDouble(-3, 3);
        }
        return values;
    }
}
