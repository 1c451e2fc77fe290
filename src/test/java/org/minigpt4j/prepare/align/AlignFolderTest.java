package org.minigpt4j.prepare.align;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.AlignConfig;
import org.minigpt4j.config.AlignPrepareConfig;
import org.minigpt4j.config.DatasetFormat;
import org.minigpt4j.data.BatchLoader;
import org.minigpt4j.data.BatchSettings;
import org.minigpt4j.data.SourceSettings;
import org.minigpt4j.image.ImageProcessor;
import org.minigpt4j.nano.NanoTokenizer;
import org.minigpt4j.nano.files.SceneAlignFolder;
import org.minigpt4j.nano.files.SceneShards;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.prepare.align.AlignFolderCheck.Finding;
import org.minigpt4j.prepare.align.AlignFolderCheck.Result;
import org.minigpt4j.text.Prompts;
import org.minigpt4j.text.Tokenizer;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

import javax.imageio.ImageIO;

/** Stage 2 folders, checked and built, of drawn scenes. */
class AlignFolderTest {

    private static final String TEXT =
            "The picture number %d shows a small scene. There is a ball on the left of it. Behind"
                    + " the ball stands a cube.";

    @TempDir private Path temp;

    private final SceneWorld world = new SceneWorld(5, 64);

    private Path scenes(int count) throws IOException {
        Path folder = temp.resolve("align");
        SceneAlignFolder.write(world, folder, 0, count);
        return folder;
    }

    private static Map<AlignFault, Integer> counts(Result result) {
        Map<AlignFault, Integer> counts = new EnumMap<>(AlignFault.class);
        for (Finding finding : result.findings()) {
            counts.merge(finding.fault(), 1, Integer::sum);
        }
        return counts;
    }

    @Test
    void aWholeFolderIsHealthy() throws IOException {
        Result result = AlignFolderCheck.check(scenes(12), Optional.of(12));
        result.findings().forEach(f -> assertFalse(f.fault().isSerious(), f.toString()));
        assertEquals(12, result.usable());
        assertTrue(result.isHealthy());
    }

    @Test
    void everythingThatCanBeWrongIsFoundAtOnce() throws IOException {
        Path folder = scenes(12);
        Path image = folder.resolve("image");
        Files.delete(image.resolve("1.jpg"));
        byte[] cut = Files.readAllBytes(image.resolve("2.jpg"));
        Files.write(image.resolve("2.jpg"), Arrays.copyOf(cut, cut.length / 2));
        Files.write(image.resolve("3.jpg"), new byte[0]);
        Files.writeString(image.resolve("4.jpg"), "<html>404</html>");
        Files.copy(image.resolve("5.jpg"), image.resolve("66.jpg"));
        JsonObject root = json(folder);
        var annotations = root.getAsJsonArray("annotations");
        annotations.get(6).getAsJsonObject().addProperty("caption", " . ");
        annotations.get(7).getAsJsonObject().remove("caption");
        annotations.get(8).getAsJsonObject().addProperty("image_id", "../secret");
        annotations.get(9).getAsJsonObject().addProperty("caption", "a caf\uFFFD and a bar");
        annotations.add("no object");
        annotations.add(annotation("11", "a new text for an id that was there"));
        annotations.add(annotation("66", "A caf\uFFFD and  a bar!"));
        Files.writeString(folder.resolve("filter_cap.json"), root.toString());

        Result result = AlignFolderCheck.check(folder, Optional.of(12));
        Map<AlignFault, Integer> counts = counts(result);
        assertEquals(15, result.listed());
        assertEquals(3, counts.get(AlignFault.WRONG_SHAPE), result.findings().toString());
        assertEquals(1, counts.get(AlignFault.MISSING_PICTURE));
        assertEquals(3, counts.get(AlignFault.UNREADABLE_PICTURE));
        assertEquals(1, counts.get(AlignFault.EMPTY_CAPTION));
        assertEquals(1, counts.get(AlignFault.DUPLICATE_ID));
        assertEquals(1, counts.get(AlignFault.DUPLICATE_PICTURE));
        assertTrue(counts.get(AlignFault.DUPLICATE_CAPTION) >= 1);
        assertEquals(2, counts.get(AlignFault.BROKEN_CHARACTERS));
        assertEquals(2, counts.get(AlignFault.UNUSED_PICTURE));
        assertEquals(1, counts.get(AlignFault.TOO_FEW));
        // 5, 6, 10, 11 twice, 12 and 66.
        assertEquals(7, result.usable());
        assertFalse(result.isHealthy());
    }

    private static JsonObject annotation(String id, String caption) {
        JsonObject annotation = new JsonObject();
        annotation.addProperty("image_id", id);
        annotation.addProperty("caption", caption);
        return annotation;
    }

    private static JsonObject json(Path folder) throws IOException {
        return JsonParser.parseString(Files.readString(folder.resolve("filter_cap.json")))
                .getAsJsonObject();
    }

    @Test
    void whatIsNoSuchFolderIsSaidToBeNone() throws IOException {
        says("does not exist", temp.resolve("nowhere"));
        says("filter_cap.json is missing", temp);
        Path file = temp.resolve("filter_cap.json");
        Files.writeString(file, "{\"annotations\": [{\"image_id\": \"1\", \"capt");
        says("cut short or no JSON", temp);
        Files.writeString(file, "[]");
        says("no list under \"annotations\"", temp);
        Files.write(file, new byte[] {'"', (byte) 0xC3, '"'});
        says("not text in UTF-8", temp);
    }

    private static void says(String expected, Path folder) {
        UsageException e =
                assertThrows(
                        UsageException.class,
                        () -> AlignFolderCheck.check(folder, Optional.empty()));
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }

    private AlignConfig config(Path source, String format, String... more) throws IOException {
        Path file = temp.resolve("build.yaml");
        Files.writeString(
                file,
                """
                align:
                  mode: build
                  folder: "%s"
                  pairs: 5
                  source:
                    format: %s
                    storage: "%s"
                  captions:
                    min_words: 10
                """
                        .formatted(temp.resolve("built"), format, source));
        return AlignPrepareConfig.load(file, List.of(more)).align();
    }

    /** Ten pictures with captions: that of 7 is short, 8 is a copy of 0, 9 is no picture. */
    private Path pictures() throws IOException {
        Path folder = Files.createDirectory(temp.resolve("pictures"));
        for (int i = 0; i < 10; i++) {
            Files.write(folder.resolve(i + ".jpg"), world.jpeg(i == 8 ? 0 : i));
            Files.writeString(
                    folder.resolve(i + ".txt"), i == 7 ? "a ball" : TEXT.formatted(i) + "\n");
        }
        Files.writeString(folder.resolve("9.jpg"), "not a picture");
        Files.writeString(folder.resolve("6.json"), annotation("x", TEXT.formatted(6)).toString());
        Files.writeString(folder.resolve("6.txt"), "a ball"); // the JSON goes before it
        return folder;
    }

    @Test
    void buildsFromAFolderOfPictures() throws IOException {
        AlignConfig config = config(pictures(), "folder", "align.pairs=100");
        var result = AlignFolderBuild.build(config, taken -> {});
        assertEquals(10, result.candidates());
        assertEquals(7, result.taken());
        assertEquals(
                Map.of("TOO_SHORT", 1, "DUPLICATE_PICTURE", 1, "UNUSABLE", 1), result.refused());
        Path built = temp.resolve("built");
        assertEquals(3, Files.readAllLines(built.resolve("refused.jsonl")).size());
        Result check = AlignFolderCheck.check(built, Optional.of(7));
        assertEquals(List.of(), check.findings());
        assertFalse(Files.exists(temp.resolve(".built.building")));

        UsageException again =
                assertThrows(
                        UsageException.class, () -> AlignFolderBuild.build(config, taken -> {}));
        assertTrue(again.getMessage().contains("is not empty"), again.getMessage());
    }

    @Test
    void theSeedAloneChoosesThePairs() throws IOException {
        Path pictures = pictures();
        byte[] first = built(config(pictures, "folder"));
        assertArrayEquals(first, built(config(pictures, "folder")));
        byte[] other = built(config(pictures, "folder", "align.seed=1"));
        assertFalse(Arrays.equals(first, other), "another seed chose the same");
    }

    private byte[] built(AlignConfig config) throws IOException {
        assertEquals(5, AlignFolderBuild.build(config, taken -> {}).taken());
        Path built = temp.resolve("built");
        byte[] json = Files.readAllBytes(built.resolve("filter_cap.json"));
        Files.move(built, temp.resolve("was-" + System.nanoTime()));
        return json;
    }

    @Test
    void buildsFromACsvAndMakesJpegOfOtherPictures() throws IOException {
        Path pictures = pictures();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(40, 30, BufferedImage.TYPE_INT_ARGB), "png", png);
        Files.write(pictures.resolve("clear.png"), png.toByteArray());
        Path csv = pictures.resolve("list.csv");
        Files.writeString(
                csv,
                """
                file,text
                clear.png,"%s"
                1.jpg,"A ""quoted"" one,
                over two lines, of which there are ten words."
                gone.jpg,%s
                """
                        .formatted(TEXT.formatted(1), TEXT.formatted(2)));
        UsageException e =
                assertThrows(
                        UsageException.class,
                        () -> AlignFolderBuild.build(config(csv, "csv"), taken -> {}));
        assertTrue(e.getMessage().contains("no column image; it has file, text"), e.getMessage());

        AlignConfig config =
                config(
                        csv,
                        "csv",
                        "align.source.image_column=file",
                        "align.source.caption_column=text");
        var result = AlignFolderBuild.build(config, taken -> {});
        assertEquals(2, result.taken());
        assertEquals(Map.of("UNUSABLE", 1), result.refused());
        Path built = temp.resolve("built");
        assertTrue(AlignFolderCheck.check(built, Optional.of(2)).isHealthy());
        for (var element : json(built).getAsJsonArray("annotations")) {
            JsonObject pair = element.getAsJsonObject();
            Path image = built.resolve("image/" + pair.get("image_id").getAsString() + ".jpg");
            assertEquals((byte) 0xD8, Files.readAllBytes(image)[1], "no JPEG: " + pair);
            if (pair.get("source").getAsString().equals("clear.png")) {
                BufferedImage drawn = ImageIO.read(image.toFile());
                assertEquals(0xFFFFFFFF, drawn.getRGB(20, 15), "alpha is not on white");
            }
        }
    }

    @Test
    void buildsFromShards() throws IOException {
        Path shards = temp.resolve("shards");
        SceneShards.write(world, shards, 0, 40);
        AlignConfig config = config(shards, "shards", "align.captions.min_words=4");
        var result = AlignFolderBuild.build(config, taken -> {});
        assertEquals(40, result.candidates());
        assertEquals(5, result.taken());
        assertTrue(AlignFolderCheck.check(temp.resolve("built"), Optional.of(5)).isHealthy());
    }

    @Test
    void theBuiltFolderIsLoadedByTraining() throws Exception {
        AlignConfig config = config(pictures(), "folder", "align.pairs=7");
        AlignFolderBuild.build(config, taken -> {});
        NanoTokenizer.writeTo(temp.resolve("llm"));
        BatchSettings settings =
                BatchSettings.of(
                                7,
                                List.of(
                                        new SourceSettings(
                                                "built",
                                                DatasetFormat.CC_SBU_ALIGN,
                                                List.of(temp.resolve("built").toString()),
                                                1,
                                                ImageProcessor.resize(28),
                                                Optional.empty())),
                                temp.resolve("cache"))
                        .with(new BatchSettings.Texts(Prompts.none(), 160, "###"));
        try (Tokenizer tokenizer = Tokenizer.open(temp.resolve("llm"));
                BatchLoader loader = BatchLoader.open(settings, tokenizer, 0)) {
            Set<String> texts = new TreeSet<>();
            loader.next().examples().forEach(example -> texts.add(example.text()));
            assertEquals(7, texts.size(), texts.toString());
            // 0 and its copy 8 stand for one another.
            for (int i = 1; i <= 6; i++) {
                assertTrue(texts.contains(TEXT.formatted(i) + "###"), i + " is not in " + texts);
            }
            assertEquals(Map.of(), loader.stats().skipped());
        }
    }

    @Test
    void aSourceWithoutOneGoodPairFails() throws IOException {
        AlignConfig config = config(pictures(), "folder", "align.captions.min_words=300");
        FailedException e =
                assertThrows(
                        FailedException.class, () -> AlignFolderBuild.build(config, taken -> {}));
        assertTrue(e.getMessage().contains("TOO_SHORT=10"), e.getMessage());
        assertFalse(Files.exists(temp.resolve("built")));
    }

    @Test
    void mistakesInTheFileAreNamed() throws IOException {
        Path file = temp.resolve("wrong.yaml");
        Files.writeString(
                file,
                """
                align:
                  mode: build
                  folder: x
                  captions:
                    min_words: 9
                    max_words: 3
                """);
        UsageException e =
                assertThrows(UsageException.class, () -> AlignPrepareConfig.load(file, List.of()));
        assertTrue(e.getMessage().contains("align.source: is missing"), e.getMessage());
        assertTrue(e.getMessage().contains(":5: align.captions.min_words: is 9"), e.getMessage());
        assertTrue(AlignPrepareConfig.isMeantBy(file));
        assertFalse(AlignPrepareConfig.isMeantBy(Path.of("train_configs/quickstart_stage2.yaml")));
    }
}
