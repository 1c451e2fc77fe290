package org.minigpt4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.DatasetFormat;
import org.minigpt4j.config.Sampling;
import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.image.BicubicResize;
import org.minigpt4j.image.ImageDecoder;
import org.minigpt4j.image.ImageProcessor;
import org.minigpt4j.nano.NanoTokenizer;
import org.minigpt4j.nano.files.SceneAlignFolder;
import org.minigpt4j.nano.files.SceneShards;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.random.RandomStream;
import org.minigpt4j.text.CaptionProcessor;
import org.minigpt4j.text.Prompts;
import org.minigpt4j.text.Tokenizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

@Timeout(60)
class BatchLoaderTest {

    private static final int SIZE = 28;

    private final SceneWorld world = new SceneWorld(11, 40);

    @TempDir Path folder;
    private Tokenizer tokenizer;

    @BeforeEach
    void openTokenizer() throws IOException {
        NanoTokenizer.writeTo(folder.resolve("llm"));
        tokenizer = Tokenizer.open(folder.resolve("llm"));
    }

    @AfterEach
    void closeTokenizer() {
        tokenizer.close();
    }

    @Test
    void stageOneBatchesHoldCleanedCaptionsAndResizedPictures() throws Exception {
        SceneShards.write(world, folder.resolve("laion"), 0, 30);
        Set<String> keys = new HashSet<>();
        try (BatchLoader loader = open(stageOne(), 0)) {
            assertEquals(
                    List.of(new BatchLoader.Found("laion", 1, 30, 0, List.of())), loader.found());
            for (int i = 0; i < 5; i++) {
                MicroBatch batch = loader.next();
                assertEquals(i, batch.position());
                assertEquals("laion", batch.dataset());
                assertEquals(0, batch.before().length);
                assertEquals(6, batch.examples().size());
                for (Example example : batch.examples()) {
                    int number = Integer.parseInt(example.key());
                    String caption = new CaptionProcessor().apply(world.caption(number));
                    assertEquals(caption + "\n", example.text());
                    int[] whole = tokenizer.encode(caption + "\n");
                    int length = Math.min(stageOne().texts().maxTxtLen(), whole.length);
                    assertArrayEquals(Arrays.copyOf(whole, length), example.tokens());
                    byte[] pixels =
                            ImageProcessor.resize(SIZE)
                                    .apply(
                                            new ImageDecoder(10_000).decode(world.jpeg(number)),
                                            RandomStream.of(0),
                                            new BicubicResize());
                    assertArrayEquals(pixels, example.pixels());
                    keys.add(example.key());
                }
            }
            assertEquals(30, keys.size(), "a pass has every sample");
            BatchLoader.Stats stats = loader.stats();
            assertEquals(5, stats.microBatches());
            assertEquals(30, stats.examples());
            assertEquals(Map.of(), stats.skipped());
            assertEquals(5, loader.position());
        }
    }

    @Test
    void stageTwoBatchesHoldRawTextsUnderOnePromptEach() throws Exception {
        SceneAlignFolder.write(world, folder.resolve("align"), 0, 12);
        Path file =
                Files.writeString(
                        folder.resolve("prompts.txt"),
                        "<Img><ImageHere></Img> Describe this image in detail.\n"
                                + "<Img><ImageHere></Img> Please describe the picture.");
        Prompts prompts = Prompts.read(file, "###Human: {} ###Assistant: ");
        BatchSettings settings =
                BatchSettings.of(
                                4,
                                List.of(
                                        source(
                                                "align",
                                                DatasetFormat.CC_SBU_ALIGN,
                                                ImageProcessor.resize(SIZE),
                                                Optional.empty())),
                                folder.resolve("cache"))
                        .with(new BatchSettings.Texts(prompts, 20, "###"));
        Set<String> afters = new HashSet<>();
        int cut = 0;
        try (BatchLoader loader = open(settings, 0)) {
            for (int i = 0; i < 30; i++) {
                MicroBatch batch = loader.next();
                assertArrayEquals(tokenizer.encode("###Human: <Img>"), batch.before());
                afters.add(tokenizer.decode(batch.after()));
                for (Example example : batch.examples()) {
                    String text = world.conversation(Integer.parseInt(example.key()) - 1) + "###";
                    assertEquals(text, example.text());
                    int[] whole = tokenizer.encode(text);
                    int length = Math.min(20, whole.length);
                    assertArrayEquals(Arrays.copyOf(whole, length), example.tokens());
                    cut += whole.length > 20 ? 1 : 0;
                }
            }
        }
        assertTrue(cut > 0, "some texts were cut, their end symbol with them");
        assertEquals(
                Set.of(
                        "</Img> Describe this image in detail. ###Assistant: ",
                        "</Img> Please describe the picture. ###Assistant: "),
                afters);
    }

    @Test
    void theBatchesAreTheSameForAnyNumberOfWorkersAndFromAnyPosition() throws Exception {
        mixture();
        List<String> straight = batches(twoSources(1), 0, 40);
        assertEquals(
                straight,
                batches(
                        twoSources(4).with(new BatchSettings.Work(4, 7, ImageDecoder.MAX_PIXELS)),
                        0,
                        40));
        assertEquals(straight.subList(17, 40), batches(twoSources(3), 17, 23));
        assertNotEquals(
                straight,
                batches(twoSources(1).with(BatchSettings.Order.of(3).withSeed(1)), 0, 40));
        long cc = straight.stream().filter(batch -> batch.contains("cc_sbu")).count();
        assertEquals(10, cc, "three to one");
    }

    @Test
    void aBrokenSampleIsReplacedAndCountedOnceItsBatchIsHandedOut() throws Exception {
        Tars tars = new Tars();
        for (int i = 0; i < 20; i++) {
            String key = "%03d".formatted(i);
            boolean broken = i % 10 == 3;
            tars.add(
                    key + ".jpg",
                    broken ? "no picture".getBytes(StandardCharsets.UTF_8) : world.jpeg(i));
            tars.add(key + ".json", i == 5 ? "{\"url\": 1}" : "{\"caption\": \"scene\"}");
        }
        tars.add("999.jpg", world.jpeg(0));
        Files.createDirectories(folder.resolve("laion"));
        tars.write(folder.resolve("laion/0.tar"));
        try (BatchLoader loader = open(anyShare(), 0)) {
            assertEquals(Map.of(Fault.NO_CAPTION, 1L), loader.stats().skipped());
            for (int pass = 0; pass < 3; pass++) {
                for (int i = 0; i < 10; i++) {
                    for (Example example : loader.next().examples()) {
                        assertTrue(
                                !Set.of("003", "013", "005", "999").contains(example.key()),
                                example.key());
                    }
                }
            }
            // 180 places in nine passes meet 2 broken pictures and 1 bare json each; the samples
            // drawn instead may be broken too.
            Map<Fault, Long> skipped = loader.stats().skipped();
            assertTrue(skipped.get(Fault.BROKEN_IMAGE) >= 18, skipped.toString());
            assertTrue(skipped.get(Fault.NO_CAPTION) >= 1 + 9, skipped.toString());
            assertEquals(2, skipped.size());
        }
        assertEquals(
                batches(anyShare().with(BatchSettings.Work.by(1)), 0, 20),
                batches(anyShare().with(BatchSettings.Work.by(4)), 0, 20));
    }

    @Test
    void tooManyBrokenSamplesStopTheRunAndTheFileListsThem() throws Exception {
        Tars tars = new Tars();
        for (int i = 0; i < 40; i++) {
            tars.add("%03d.jpg".formatted(i), i % 4 == 0 ? new byte[] {1} : world.jpeg(i));
            tars.add("%03d.txt".formatted(i), "a scene");
        }
        Files.createDirectories(folder.resolve("laion"));
        tars.write(folder.resolve("laion/0.tar"));
        Path file = folder.resolve("out/skipped.jsonl");
        BatchSettings settings = stageOne().with(new BatchSettings.Skips(Optional.of(file), 0.001));
        FailedException error;
        long stopped;
        try (BatchLoader loader = open(settings, 0)) {
            error = assertThrows(FailedException.class, () -> drain(loader, 100));
            stopped = loader.position();
            assertTrue(loader.stats().skipped().get(Fault.BROKEN_IMAGE) > 10);
            assertEquals(
                    loader.stats().skipped().get(Fault.BROKEN_IMAGE),
                    Files.readAllLines(file).size());
        }
        assertTrue(error.getMessage().contains("run.max_bad_fraction 0.001"), error.getMessage());
        assertTrue(error.getMessage().contains("skipped.jsonl"), error.getMessage());
        assertTrue(error.getMessage().contains("BROKEN_IMAGE"), error.getMessage());

        // Resumed in the middle, the same lines come again, and the run stops at the same place.
        List<String> lines = Files.readAllLines(file);
        Files.writeString(file, String.join("\n", lines) + "\n{\"position\": 1, \"fa");
        long middle = stopped / 2;
        try (BatchLoader loader = open(settings, middle)) {
            assertThrows(FailedException.class, () -> drain(loader, 100));
            assertEquals(stopped, loader.position());
        }
        assertEquals(lines, Files.readAllLines(file));
        try (BatchLoader loader = open(anyShare(), 0)) {
            drain(loader, 20);
        }
    }

    /** Forty pairs under one key are forty pairs, not one flaw. */
    @Test
    void theLimitIsJudgedByPairsAndWhatIsOnlyToldStopsNothing() throws Exception {
        Tars dotted = new Tars();
        Tars masked = new Tars();
        for (int i = 10; i < 50; i++) {
            dotted.add("a.%d.jpg".formatted(i), world.jpeg(i)).add("a.%d.txt".formatted(i), "text");
            masked.add("%d.jpg".formatted(i), world.jpeg(i)).add("%d.txt".formatted(i), "text");
            masked.add("%d.png".formatted(i), "a mask");
        }
        Files.createDirectories(folder.resolve("laion"));
        masked.write(folder.resolve("laion/1.tar"));
        try (BatchLoader loader = open(stageOne(), 0)) {
            BatchLoader.Found found = loader.found().get(0);
            assertEquals(40, found.samples());
            assertEquals(0, found.lost());
            assertEquals(1, found.notices().size(), "masks are told once");
            assertTrue(found.notices().get(0).contains("10.png"), found.notices().toString());
            assertEquals(Map.of(), loader.stats().skipped());
        }
        dotted.write(folder.resolve("laion/0.tar"));
        FailedException error = assertThrows(FailedException.class, () -> open(stageOne(), 0));
        assertTrue(error.getMessage().contains("40 of 80 samples"), error.getMessage());
        assertTrue(error.getMessage().contains("in laion/0.tar"), error.getMessage());
        try (BatchLoader loader = open(anyShare(), 0)) {
            assertEquals(40, loader.found().get(0).lost());
            assertEquals(Map.of(Fault.NO_IMAGE, 40L), loader.stats().skipped());
        }
    }

    private static void drain(BatchLoader loader, int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            loader.next();
        }
    }

    @Test
    void ranksTogetherTakeWhatOneAloneTakes() throws Exception {
        mixture();
        List<String> alone = batches(twoSources(2), 0, 24);
        for (int ranks : new int[] {1, 2, 4, 8}) {
            List<List<String>> each = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                RankShare share = new RankShare(rank, ranks, 8);
                each.add(
                        batches(
                                twoSources(2).with(BatchSettings.Order.of(3).withShare(share)),
                                0,
                                24 / ranks));
            }
            List<String> together = new ArrayList<>();
            for (int step = 0; step < 3; step++) {
                for (List<String> rank : each) {
                    together.addAll(rank.subList(step * 8 / ranks, (step + 1) * 8 / ranks));
                }
            }
            assertEquals(alone, together, ranks + " ranks");
        }
    }

    @Test
    void aLengthWindowBringsLikeCaptionsTogetherAndLosesNone() throws Exception {
        mixture();
        BatchSettings sorted =
                stageOne()
                        .with(
                                new BatchSettings.Order(
                                        42, 5, 16, Sampling.PASSES, 10, RankShare.whole()));
        List<Integer> plain = padding(stageOne().with(BatchSettings.Order.of(5)));
        List<Integer> near = padding(sorted);
        int plainSum = plain.stream().mapToInt(i -> i).sum();
        int nearSum = near.stream().mapToInt(i -> i).sum();
        assertTrue(nearSum * 2 < plainSum, nearSum + " padded places against " + plainSum);
        List<String> straight = batches(sorted, 0, 20);
        assertEquals(
                straight.subList(13, 20), batches(sorted.with(BatchSettings.Work.by(3)), 13, 7));
    }

    /** Padded places of each of the ten micro-batches of a pass, which holds every sample once. */
    private List<Integer> padding(BatchSettings settings) throws InterruptedException {
        List<Integer> padding = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        try (BatchLoader loader = open(settings, 0)) {
            for (int i = 0; i < 10; i++) {
                List<Example> examples = loader.next().examples();
                examples.forEach(example -> keys.add(example.key()));
                int longest = examples.stream().mapToInt(e -> e.text().length()).max().orElse(0);
                padding.add(examples.stream().mapToInt(e -> longest - e.text().length()).sum());
            }
        }
        assertEquals(50, keys.size());
        return padding;
    }

    @Test
    void aShardMayHoldPicturesOfEveryFormatAndCaptionsOfBothKinds() throws Exception {
        Files.createDirectories(folder.resolve("laion"));
        new Tars()
                .add("0.jpeg", world.jpeg(0))
                .add("0.json", "{\"caption\": \"a ring\"}")
                .add("1.png", picture("lossy.png"))
                .add("1.txt", "a ball")
                .add("2.webp", picture("lossy.webp"))
                .add("2.txt", "not this")
                .add("2.json", "{\"caption\": \"a cube\"}")
                .write(folder.resolve("laion/0.tar"));
        Map<String, Example> read = new HashMap<>();
        try (BatchLoader loader = open(stageOne(), 0)) {
            loader.next().examples().forEach(example -> read.put(example.key(), example));
        }
        assertEquals("a ring\n", read.get("0").text());
        assertEquals("a ball\n", read.get("1").text());
        assertEquals("a cube\n", read.get("2").text());
        assertArrayEquals(read.get("1").pixels(), read.get("2").pixels(), "one picture");
    }

    private static byte[] picture(String name) throws Exception {
        return Files.readAllBytes(
                Path.of(BatchLoaderTest.class.getResource("../image/webp/" + name).toURI()));
    }

    @Test
    void aTextThatLeavesNothingToLearnIsSkipped() throws Exception {
        Files.createDirectories(folder.resolve("laion"));
        new Tars()
                .add("0.jpg", world.jpeg(0))
                .add("0.txt", "</s>")
                .add("1.jpg", world.jpeg(1))
                .add("1.txt", "a ring")
                .write(folder.resolve("laion/0.tar"));
        try (BatchLoader loader =
                open(stageOne().with(new BatchSettings.Texts(Prompts.none(), 32, "")), 0)) {
            for (Example example : loader.next().examples()) {
                assertEquals("1", example.key());
            }
            assertTrue(loader.stats().skipped().get(Fault.NOTHING_TO_LEARN) >= 1);
        }
    }

    @Test
    void aDataSetOfNothingButBrokenSamplesStopsTheRunWithAMessage() throws Exception {
        Files.createDirectories(folder.resolve("laion"));
        new Tars()
                .add("0.jpg", "no picture")
                .add("0.txt", "text")
                .write(folder.resolve("laion/0.tar"));
        try (BatchLoader loader = open(stageOne(), 0)) {
            FailedException error = assertThrows(FailedException.class, loader::next);
            assertTrue(error.getMessage().contains("laion"), error.getMessage());
            assertTrue(error.getMessage().contains("BROKEN_IMAGE"), error.getMessage());
        }
    }

    @Test
    void anIndexThatNoLongerFitsItsShardIsMadeAnew() throws Exception {
        Files.createDirectories(folder.resolve("laion"));
        Path tar = folder.resolve("laion/0.tar");
        new Tars().add("a.jpg", world.jpeg(0)).add("a.txt", "one two").write(tar);
        long length = Files.size(tar);
        open(stageOne(), 0).close();
        new Tars().add("a.txt", "one two").add("a.jpg", world.jpeg(0)).write(tar);
        assertEquals(length, Files.size(tar), "the length does not give it away");
        try (BatchLoader loader = open(stageOne(), 0)) {
            assertEquals("one two\n", loader.next().examples().get(0).text());
        }
    }

    @Test
    void dataSetsThatAreMissingOrEmptyAreErrorsAtTheStart() throws Exception {
        assertThrows(UsageException.class, () -> open(stageOne(), 0));
        Files.createDirectories(folder.resolve("laion"));
        new Tars().add("a.txt", "no picture").write(folder.resolve("laion/0.tar"));
        UsageException error = assertThrows(UsageException.class, () -> open(stageOne(), 0));
        assertTrue(error.getMessage().contains("no usable sample"), error.getMessage());
    }

    @Test
    void anInterruptEndsTheWaitAndTheBatchIsNotLost() throws Exception {
        SceneShards.write(world, folder.resolve("laion"), 0, 30);
        try (BatchLoader loader = open(stageOne(), 0)) {
            AtomicReference<Throwable> seen = new AtomicReference<>();
            Thread reader =
                    new Thread(
                            () -> {
                                Thread.currentThread().interrupt();
                                try {
                                    loader.next();
                                } catch (InterruptedException e) {
                                    seen.set(e);
                                }
                            });
            reader.start();
            reader.join();
            assertTrue(seen.get() instanceof InterruptedException);
            assertEquals(0, loader.next().position());
        }
    }

    @Test
    void closingStopsTheWorkers() throws Exception {
        SceneShards.write(world, folder.resolve("laion"), 0, 30);
        BatchLoader loader = open(stageOne(), 0);
        loader.next();
        loader.close();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("data-")) {
                // The pool is empty a moment before its last thread is gone.
                thread.join(5_000);
                assertTrue(!thread.isAlive(), () -> thread.getName() + " is alive");
            }
        }
    }

    private void mixture() throws IOException {
        SceneShards.write(world, folder.resolve("laion"), 0, 50);
        SceneShards.write(world, folder.resolve("cc_sbu"), 50, 20);
    }

    private BatchSettings stageOne() {
        return BatchSettings.of(
                6,
                List.of(stageOneSource("laion", ImageProcessor.resize(SIZE), 1)),
                folder.resolve("cache"));
    }

    /** However many samples are broken. */
    private BatchSettings anyShare() {
        return stageOne().with(new BatchSettings.Skips(Optional.empty(), 1));
    }

    private BatchSettings twoSources(int workers) {
        return BatchSettings.of(
                        3,
                        List.of(
                                stageOneSource("laion", ImageProcessor.randomResizedCrop(SIZE), 3),
                                stageOneSource("cc_sbu", ImageProcessor.resize(SIZE), 1)),
                        folder.resolve("cache"))
                .with(BatchSettings.Work.by(workers));
    }

    private SourceSettings stageOneSource(String name, ImageProcessor images, double ratio) {
        SourceSettings source =
                source(name, DatasetFormat.WEBDATASET, images, Optional.of(new CaptionProcessor()));
        return new SourceSettings(
                source.name(), source.format(), source.storage(), ratio, images, source.captions());
    }

    private SourceSettings source(
            String name,
            DatasetFormat format,
            ImageProcessor images,
            Optional<CaptionProcessor> captions) {
        String storage = folder.resolve(name).toString();
        return new SourceSettings(name, format, List.of(storage), 1, images, captions);
    }

    private BatchLoader open(BatchSettings settings, long position) {
        return BatchLoader.open(settings, tokenizer, position);
    }

    /** What each batch holds, pixels by their hash. */
    private List<String> batches(BatchSettings settings, long position, int count)
            throws InterruptedException {
        List<String> batches = new ArrayList<>();
        try (BatchLoader loader = open(settings, position)) {
            for (int i = 0; i < count; i++) {
                MicroBatch batch = loader.next();
                StringBuilder text = new StringBuilder(batch.position() + " " + batch.dataset());
                for (Example example : batch.examples()) {
                    text.append(' ').append(example.key());
                    text.append('/').append(Arrays.hashCode(example.pixels()));
                    text.append('/').append(Arrays.toString(example.tokens()));
                }
                batches.add(text.toString());
            }
        }
        return batches;
    }
}
