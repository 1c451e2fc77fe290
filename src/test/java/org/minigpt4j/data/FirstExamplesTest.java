package org.minigpt4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.DatasetFormat;
import org.minigpt4j.data.feature.FeatureFormat;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.image.ImageProcessor;
import org.minigpt4j.nano.NanoTokenizer;
import org.minigpt4j.nano.files.SceneAlignFolder;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.text.Prompts;
import org.minigpt4j.text.Tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The few samples that are shown as training goes on. */
class FirstExamplesTest {

    private static final int SIZE = 28;

    @TempDir private Path folder;

    @Test
    void areThoseOfTheFirstMicroBatchesWhereverTrainingIsAndLeaveItAlone() throws Exception {
        SceneAlignFolder.write(new SceneWorld(11, 40), folder.resolve("align"), 0, 24);
        NanoTokenizer.writeTo(folder.resolve("llm"));
        Path lines =
                Files.writeString(
                        folder.resolve("prompts.txt"),
                        "<Img><ImageHere></Img> Describe it.\nLook: <ImageHere> What is it?\n");
        BatchSettings settings =
                BatchSettings.of(4, List.of(align()), folder.resolve("cache"))
                        .with(
                                new BatchSettings.Texts(
                                        Prompts.read(lines, "###Human: {} ###Assistant: "),
                                        32,
                                        "###"));
        try (Tokenizer tokenizer = Tokenizer.open(folder.resolve("llm"))) {
            List<MicroBatch> batches = new ArrayList<>();
            try (BatchLoader undisturbed = BatchLoader.open(settings, tokenizer, 0)) {
                for (int i = 0; i < 6; i++) {
                    batches.add(undisturbed.next());
                }
            }
            try (BatchLoader loader = BatchLoader.open(settings, tokenizer, 3);
                    FeatureStore store =
                            FeatureStore.open(
                                    folder.resolve("features"), "test", FeatureFormat.FP16, 2);
                    BatchLoader cached =
                            BatchLoader.open(settings, tokenizer, 0, 0, Optional.of(store))) {
                Example known = cached.next().examples().get(0);
                store.put(known.sample(), new float[] {1, 2});
                for (BatchLoader each : List.of(loader, cached)) {
                    BatchLoader.Stats before = each.stats();
                    List<MicroBatch> first = each.firstExamples(5);
                    assertEquals(before, each.stats());
                    assertEquals(5, first.size());
                    for (int i = 0; i < 5; i++) {
                        assertSame(batches.get(i), first.get(i));
                    }
                }
                MicroBatch next = loader.next();
                assertEquals(3, next.position());
                for (int i = 0; i < 4; i++) {
                    assertArrayEquals(
                            batches.get(3).examples().get(i).pixels(),
                            next.examples().get(i).pixels());
                }
                assertEquals(24 / 4, loader.firstExamples(6).size());
            }
        }
    }

    private static void assertSame(MicroBatch expected, MicroBatch actual) {
        assertEquals(1, actual.examples().size());
        Example first = expected.examples().get(0);
        Example alone = actual.examples().get(0);
        assertEquals(first.key(), alone.key());
        assertEquals(first.text(), alone.text());
        assertArrayEquals(first.pixels(), alone.pixels());
        assertArrayEquals(expected.before(), actual.before());
        assertArrayEquals(expected.after(), actual.after());
    }

    private SourceSettings align() {
        return new SourceSettings(
                "align",
                DatasetFormat.CC_SBU_ALIGN,
                List.of(folder.resolve("align").toString()),
                1,
                ImageProcessor.resize(SIZE),
                Optional.empty());
    }
}
