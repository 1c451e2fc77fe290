package org.minigpt4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.DatasetFormat;
import org.minigpt4j.data.sample.BadSampleException;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.image.BicubicResize;
import org.minigpt4j.image.ImageDecoder;
import org.minigpt4j.image.ImageProcessor;
import org.minigpt4j.image.RgbImage;
import org.minigpt4j.nano.NanoTokenizer;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.random.RandomStream;
import org.minigpt4j.text.CaptionProcessor;
import org.minigpt4j.text.Tokenizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Formats whose pictures are single files: COCO's captions and folders of pictures. */
class FileSourceTest {

    private final SceneWorld world = new SceneWorld(5, 32);

    @TempDir Path folder;

    @Test
    void cocoHasASampleForEachCaption() throws Exception {
        Path file = coco(3, 2);
        SampleSource source = CocoCaptions.open("coco", file.toString(), null);
        assertArrayEquals(new int[] {6}, source.shardSizes());
        for (int i = 0; i < 6; i++) {
            SampleSource.RawSample sample = source.read(i);
            assertEquals(Integer.toString(900 + i), sample.key());
            assertArrayEquals(world.jpeg(i / 2), sample.image());
            assertEquals("Caption " + i % 2 + " of " + world.caption(i / 2), sample.caption());
            assertEquals(sample.caption().length(), source.captionLength(i));
        }
        assertEquals(source.identity(0), source.identity(1), "one picture");
        assertNotEquals(source.identity(1), source.identity(2), "another picture");
        Files.delete(folder.resolve("coco/train2017/000000000002.jpg"));
        BadSampleException gone = assertThrows(BadSampleException.class, () -> source.read(5));
        assertEquals(Fault.NO_IMAGE, gone.fault());
        assertEquals("905", gone.key());
    }

    @Test
    void whatIsNoFileOfCocoCaptionsIsRefusedByName() throws Exception {
        for (String json :
                List.of(
                        "[]",
                        "{\"annotations\": []}",
                        "{\"images\": {}, \"annotations\": []}",
                        "{\"images\": [{\"id\": 1, \"coco_url\": \"1.jpg\"}]}")) {
            Path file = Files.writeString(folder.resolve("captions.json"), json);
            UsageException error =
                    assertThrows(
                            UsageException.class,
                            () -> CocoCaptions.open("coco", file.toString(), null),
                            json);
            assertTrue(error.getMessage().contains("captions.json"), error.getMessage());
        }
        String missing = folder.resolve("annotations/none.json").toString();
        UsageException error =
                assertThrows(UsageException.class, () -> CocoCaptions.open("c", missing, null));
        assertTrue(error.getMessage().contains("captions_train2017.json"), error.getMessage());
    }

    @Test
    void aPictureOfAFolderHasTheTextBesideItOrItsFoldersName() throws Exception {
        Path root = folder.resolve("pictures");
        write(root, "00000/a.jpg", 0, Map.of("json", "{\"caption\": \"from json\"}", "txt", "x"));
        write(root, "00000/b.jpg", 1, Map.of("json", "{\"url\": \"x\"}", "txt", "from txt"));
        write(root, "red_panda/c.jpeg", 2, Map.of());
        write(root, ".hidden/d.jpg", 3, Map.of());
        Files.writeString(root.resolve("red_panda/notes.md"), "no picture");
        SampleSource source = ImageFolder.open("pictures", root.toString());
        assertArrayEquals(new int[] {3}, source.shardSizes());
        Map<String, String> captions = new TreeMap<>();
        for (int i = 0; i < 3; i++) {
            SampleSource.RawSample sample = source.read(i);
            captions.put(sample.key(), sample.caption());
            assertArrayEquals(world.jpeg(i), sample.image());
        }
        assertEquals(
                Map.of(
                        "00000/a.jpg",
                        "from json",
                        "00000/b.jpg",
                        "from txt",
                        "red_panda/c.jpeg",
                        "red panda"),
                captions);
        UsageException error =
                assertThrows(
                        UsageException.class,
                        () -> ImageFolder.open("pictures", folder.resolve("none").toString()));
        assertTrue(error.getMessage().contains("none"), error.getMessage());
    }

    /** Ids beyond 32 bits, ids that are text, no coco_url, and entries that are of no use. */
    @Test
    void cocoFilesOfOtherToolsAreRead() throws Exception {
        Path file = folder.resolve("annotations/captions_val.json");
        Files.createDirectories(file.getParent());
        Files.createDirectories(folder.resolve("val"));
        Files.write(folder.resolve("val/a.jpg"), world.jpeg(0));
        Files.writeString(
                file,
                """
                {"images": [{"id": 1000000000000000000, "file_name": "a.jpg"},
                            {"id": "x", "file_name": "a.jpg", "coco_url": null},
                            {"id": 3}],
                 "annotations": [
                   {"id": 1, "image_id": 1000000000000000000, "caption": "one"},
                   {"id": "2", "image_id": "x", "caption": "two"},
                   {"id": 3, "image_id": 3, "caption": "its image has no name"},
                   {"id": 4, "image_id": "x", "caption": null},
                   null]}
                """);
        SampleSource source = CocoCaptions.open("coco", file.toString(), null);
        assertArrayEquals(new int[] {2}, source.shardSizes());
        assertEquals("one", source.read(0).caption());
        assertArrayEquals(world.jpeg(0), source.read(1).image());
        assertEquals(3, source.flaws().stream().mapToLong(Skip::pairs).sum());
        assertTrue(source.flaws().toString().contains("annotations[3].caption"));
    }

    @Test
    void oneBadAnnotationOfAnAlignFolderIsOneSkippedSample() throws Exception {
        Files.writeString(
                folder.resolve("filter_cap.json"),
                """
                {"annotations": [{"image_id": 0, "caption": "good"},
                                 {"image_id": "1", "caption": null},
                                 {"image_id": "2"},
                                 {"image_id": "3", "caption": ["a", "b"]},
                                 null,
                                 {"image_id": "4", "caption": "half \\ud83d"},
                                 {"image_id": "5", "caption": "good"}]}
                """);
        SampleSource source = AlignFolder.open("align", folder.toString(), null);
        assertArrayEquals(new int[] {2}, source.shardSizes());
        assertEquals(
                List.of(
                        "annotations[1]",
                        "annotations[2]",
                        "annotations[3]",
                        "annotations[4]",
                        "annotations[5]"),
                source.flaws().stream().map(Skip::key).toList());
        assertTrue(source.flaws().get(0).detail().contains("annotations[1].caption is null"));
        Files.writeString(folder.resolve("filter_cap.json"), "[]");
        UsageException list =
                assertThrows(
                        UsageException.class,
                        () -> AlignFolder.open("align", folder.toString(), null));
        assertTrue(list.getMessage().contains("holds a list of 0"), list.getMessage());
    }

    @Test
    void linksAreFollowedAndCirclesTold() throws Exception {
        Path root = folder.resolve("pictures");
        write(root, "cat/a.jpg", 0, Map.of("txt", "a cat"));
        write(folder.resolve("elsewhere"), "b.jpg", 1, Map.of());
        Files.createSymbolicLink(root.resolve("dog"), folder.resolve("elsewhere"));
        Files.createSymbolicLink(root.resolve("cat/back"), root.resolve("cat"));
        SampleSource source = ImageFolder.open("pictures", root.toString());
        assertArrayEquals(new int[] {2}, source.shardSizes());
        assertEquals("dog", source.read(1).caption());
        String told = source.flaws().toString();
        assertTrue(told.contains("cat/back leads back"), told);
        assertTrue(told.contains("1 of 2 pictures have no caption"), told);
        assertEquals(0, source.flaws().stream().mapToLong(Skip::pairs).sum());
    }

    @Test
    void aFlatFolderTakesPicturesThatHaveACaption() throws Exception {
        Path root = folder.resolve("flat");
        write(root, "a.jpg", 0, Map.of("txt", "one"));
        write(root, "b.jpg", 1, Map.of());
        SampleSource source = ImageFolder.open("flat", root.toString());
        assertArrayEquals(new int[] {1}, source.shardSizes());
        assertEquals("one", source.read(0).caption());
        assertEquals(List.of("b.jpg"), source.flaws().stream().map(Skip::key).toList());
    }

    @Test
    void aCaptionThatIsNoTextCostsItselfAndIsNamed() throws Exception {
        Path root = folder.resolve("pictures");
        write(root, "cat/a.jpg", 0, Map.of("txt", "\uFEFFmarked"));
        write(root, "cat/b.jpg", 1, Map.of());
        Files.write(root.resolve("cat/b.txt"), "utf-16".getBytes(StandardCharsets.UTF_16));
        write(root, "cat/c.jpg", 2, Map.of());
        Files.write(root.resolve("cat/c.txt"), new byte[] {'i', 't', (byte) 0x92, 's'});
        SampleSource source = ImageFolder.open("pictures", root.toString());
        assertEquals("marked", source.read(0).caption());
        assertEquals("utf-16", source.read(1).caption());
        assertArrayEquals(new int[] {2}, source.shardSizes());
        assertEquals(Fault.BROKEN_CAPTION, source.flaws().get(0).fault());
        assertTrue(source.flaws().get(0).detail().contains("cat/c.txt"));
        assertTrue(source.flaws().get(0).detail().contains("from byte 2 on"));
    }

    /** Both in one mixture, as stage 1 would take them. */
    @Test
    void theLoaderMakesBatchesOfBoth() throws Exception {
        Path root = folder.resolve("pictures");
        for (int i = 0; i < 4; i++) {
            write(root, "scene/" + i + ".jpg", i, Map.of("txt", "Text, " + i + "!"));
        }
        NanoTokenizer.writeTo(folder.resolve("llm"));
        BatchSettings settings =
                BatchSettings.of(
                        2,
                        List.of(
                                source("coco", DatasetFormat.COCO_CAPTIONS, coco(2, 5)),
                                source("folder", DatasetFormat.IMAGE_FOLDER, root)),
                        folder.resolve("cache"));
        Map<String, Set<String>> keys = new TreeMap<>();
        try (Tokenizer tokenizer = Tokenizer.open(folder.resolve("llm"));
                BatchLoader loader = BatchLoader.open(settings, tokenizer, 0)) {
            assertEquals(10, loader.found().get(0).samples());
            for (int i = 0; i < 10; i++) {
                MicroBatch batch = loader.next();
                for (Example example : batch.examples()) {
                    keys.computeIfAbsent(batch.dataset(), name -> new java.util.TreeSet<>())
                            .add(example.key());
                    int scene =
                            batch.dataset().equals("coco")
                                    ? (Integer.parseInt(example.key()) - 900) / 5
                                    : Integer.parseInt(example.key().substring(6, 7));
                    RgbImage image = new ImageDecoder(10_000).decode(world.jpeg(scene));
                    assertArrayEquals(
                            ImageProcessor.resize(28)
                                    .apply(image, RandomStream.of(0), new BicubicResize()),
                            example.pixels());
                    assertEquals(example.text().toLowerCase(java.util.Locale.ROOT), example.text());
                }
            }
        }
        assertEquals(10, keys.get("coco").size());
        assertEquals(4, keys.get("folder").size());
    }

    @Test
    void aFormatOfOnePlaceTakesNoList() {
        BatchSettings settings =
                BatchSettings.of(
                        1,
                        List.of(
                                new SourceSettings(
                                        "two",
                                        DatasetFormat.IMAGE_FOLDER,
                                        List.of("a", "b"),
                                        1,
                                        ImageProcessor.resize(28),
                                        Optional.empty())),
                        folder);
        UsageException error =
                assertThrows(UsageException.class, () -> BatchLoader.open(settings, null, 0));
        assertTrue(error.getMessage().contains("takes one path"), error.getMessage());
    }

    private SourceSettings source(String name, DatasetFormat format, Path place) {
        return new SourceSettings(
                name,
                format,
                List.of(place.toString()),
                1,
                ImageProcessor.resize(28),
                Optional.of(new CaptionProcessor()));
    }

    /** COCO's layout: {@code images} pictures with {@code each} captions. */
    private Path coco(int images, int each) throws IOException {
        List<Map<String, Object>> pictures = new ArrayList<>();
        List<Map<String, Object>> annotations = new ArrayList<>();
        for (int i = 0; i < images; i++) {
            String name = "00000000000" + i + ".jpg";
            Path file = folder.resolve("coco/train2017/" + name);
            Files.createDirectories(file.getParent());
            Files.write(file, world.jpeg(i));
            String url = "http://images.cocodataset.org/train2017/" + name;
            pictures.add(Map.of("id", i, "file_name", name, "coco_url", url, "height", 32));
            for (int j = 0; j < each; j++) {
                String caption = "Caption " + j + " of " + world.caption(i);
                annotations.add(
                        Map.of("id", 900 + i * each + j, "image_id", i, "caption", caption));
            }
        }
        Path file = folder.resolve("coco/annotations/captions_train2017.json");
        Files.createDirectories(file.getParent());
        return Files.writeString(
                file, new Gson().toJson(Map.of("images", pictures, "annotations", annotations)));
    }

    private void write(Path root, String name, int scene, Map<String, String> beside)
            throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, world.jpeg(scene));
        String stem = file.getFileName().toString().replaceFirst("[.][^.]+$", ".");
        for (Map.Entry<String, String> text : beside.entrySet()) {
            Files.writeString(file.resolveSibling(stem + text.getKey()), text.getValue());
        }
    }
}
