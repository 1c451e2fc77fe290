package org.minigpt4j.nano.scene;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.nano.NanoTokenizer;
import org.minigpt4j.nano.files.SceneAlignFolder;
import org.minigpt4j.nano.files.SceneShards;
import org.minigpt4j.random.RandomStream;
import org.minigpt4j.text.Tokenizer;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import javax.imageio.ImageIO;

class SceneWorldTest {

    private final SceneWorld world = new SceneWorld(5, 112);

    @TempDir Path folder;

    @Test
    void theSameSeedWritesTheSameBytes() throws IOException {
        for (String name : List.of("once", "again")) {
            SceneShards.write(new SceneWorld(5, 112), folder.resolve(name), 100, 20);
            SceneAlignFolder.write(new SceneWorld(5, 112), folder.resolve(name), 100, 5);
        }
        for (String file : List.of("00000.tar", "filter_cap.json", "image/5.jpg")) {
            assertArrayEquals(
                    Files.readAllBytes(folder.resolve("once").resolve(file)),
                    Files.readAllBytes(folder.resolve("again").resolve(file)),
                    file);
        }
    }

    @Test
    void anotherSeedIsAnotherWorld() {
        SceneWorld other = new SceneWorld(6, 112);
        int same = 0;
        for (int n = 0; n < 100; n++) {
            same += world.caption(n).equals(other.caption(n)) ? 1 : 0;
        }
        assertTrue(same < 5, same + " of 100 captions are the same");
    }

    @Test
    void shardsHoldPictureJsonAndTextOfEachSampleInThatOrder() throws IOException {
        SceneShards.write(world, folder, 7, 1003);
        List<String> names = new ArrayList<>();
        for (String shard : List.of("00000.tar", "00001.tar")) {
            try (InputStream file = Files.newInputStream(folder.resolve(shard));
                    TarArchiveInputStream tar = new TarArchiveInputStream(file)) {
                for (TarArchiveEntry entry; (entry = tar.getNextEntry()) != null; ) {
                    names.add(entry.getName());
                    if (entry.getName().equals("000010002.json")) {
                        JsonObject json = json(tar.readAllBytes());
                        assertEquals(world.caption(7 + 1002), json.get("caption").getAsString());
                        assertEquals("000010002", json.get("key").getAsString());
                        assertEquals(112, json.get("width").getAsInt());
                    }
                }
            }
        }
        assertEquals(3 * 1003, names.size());
        assertEquals(
                List.of("000000000.jpg", "000000000.json", "000000000.txt", "000000001.jpg"),
                names.subList(0, 4));
        assertEquals("000010002.txt", names.get(names.size() - 1));
        try (var files = Files.list(folder)) {
            assertEquals(2, files.count(), "no temporary file is left");
        }
    }

    @Test
    void theAlignFolderHasAPictureForEachAnnotation() throws IOException {
        SceneAlignFolder.write(world, folder, 3, 10);
        JsonArray annotations =
                json(Files.readAllBytes(folder.resolve("filter_cap.json")))
                        .getAsJsonArray("annotations");
        assertEquals(10, annotations.size());
        for (int i = 0; i < 10; i++) {
            JsonObject annotation = annotations.get(i).getAsJsonObject();
            assertEquals(Integer.toString(i + 1), annotation.get("image_id").getAsString());
            assertEquals(world.conversation(3 + i), annotation.get("caption").getAsString());
            byte[] jpeg = Files.readAllBytes(folder.resolve("image/" + (i + 1) + ".jpg"));
            assertEquals(112, ImageIO.read(new ByteArrayInputStream(jpeg)).getWidth());
        }
    }

    @Test
    void everyTextIsShortInTheNanoVocabularyAndHasNoUnknownBytes() throws IOException {
        NanoTokenizer.writeTo(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertEquals(NanoTokenizer.VOCAB_SIZE, tokenizer.vocabSize());
            for (int n = 0; n < 3000; n++) {
                String caption = world.caption(n).toLowerCase(Locale.ROOT);
                // Tails have signs that are no pieces of this vocabulary, as on real pages.
                check(tokenizer, caption.replaceAll(" (-|1)", ""), 48);
                check(tokenizer, world.dialogue(n), 150);
                check(tokenizer, world.dialogue(n) + "###", 150);
                check(tokenizer, world.conversation(n) + "###", 150);
            }
        }
    }

    private static void check(Tokenizer tokenizer, String text, int limit) {
        int[] ids = tokenizer.encode(text);
        assertTrue(ids.length <= limit, () -> ids.length + " tokens: " + text);
        for (int id : ids) {
            assertTrue(id > 258, () -> "a byte or special token in: " + text);
        }
        assertEquals(text, tokenizer.decode(ids));
    }

    @Test
    void theEndSymbolStaysOnePieceBehindAnAnswer() throws IOException {
        NanoTokenizer.writeTo(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            int alone = tokenizer.encode("a###")[1];
            for (int n = 0; n < 500; n++) {
                int[] ids = tokenizer.encode(world.dialogue(n) + "###");
                assertEquals(alone, ids[ids.length - 1]);
            }
        }
    }

    @Test
    void aThingHasItsColorAtItsPlace() {
        for (int n = 0; n < 300; n++) {
            Scene scene = Scene.draw(RandomStream.of(5, n));
            BufferedImage image = new Painter(96).paint(scene);
            for (SceneObject thing : scene.things()) {
                int cell = 32;
                int left = thing.place().column() * cell;
                int top = thing.place().row() * cell;
                boolean found = false;
                for (int y = top; y < top + cell && !found; y++) {
                    for (int x = left; x < left + cell && !found; x++) {
                        found = (image.getRGB(x, y) & 0xFFFFFF) == thing.tint().rgb();
                    }
                }
                assertTrue(found, thing + " is not to be seen");
            }
        }
    }

    @Test
    void lettersOnCubesDiffer() {
        Set<Integer> pictures = new HashSet<>();
        for (int i = 0; i < LetterShapes.count(); i++) {
            SceneObject cube =
                    new SceneObject(
                            Shape.CUBE,
                            Color.BLUE,
                            true,
                            Place.MIDDLE,
                            LetterShapes.letter(i),
                            0,
                            0,
                            0);
            BufferedImage image = new Painter(112).paint(new Scene(Color.WHITE, List.of(cube)));
            int[] pixels = image.getRGB(0, 0, 112, 112, null, 0, 112);
            pictures.add(Arrays.hashCode(pixels));
        }
        assertEquals(LetterShapes.count(), pictures.size());
    }

    @Test
    void thingsStandInReadingOrderAndHeldOutPairsAreLeftOut() {
        int heldOut = 0;
        for (int n = 0; n < 300; n++) {
            Scene scene = world.scene(n);
            List<Integer> places =
                    scene.things().stream().map(thing -> thing.place().ordinal()).toList();
            assertEquals(places.stream().sorted().toList(), places);
            heldOut += scene.hasHeldOutPair() ? 1 : 0;
        }
        assertTrue(heldOut > 30 && heldOut < 150, heldOut + " of 300");
        List<Long> numbers = world.withoutHeldOut(0, 200);
        assertEquals(200, new HashSet<>(numbers).size());
        numbers.forEach(n -> assertFalse(world.scene(n).hasHeldOutPair()));
    }

    @Test
    void notesSayEveryThingInItsSlot() {
        for (int n = 0; n < 300; n++) {
            Scene scene = world.scene(n);
            List<String> notes = SceneNotes.of(scene);
            assertEquals(SceneNotes.LENGTH, notes.size());
            assertTrue(SceneNotes.WORDS.containsAll(notes), notes.toString());
            for (int i = 0; i < scene.things().size(); i++) {
                int at = i * SceneNotes.PER_THING;
                assertEquals(scene.things().get(i).form().word(), notes.get(at));
                assertEquals(scene.things().get(i).tint().word(), notes.get(at + 1));
            }
        }
    }

    @Test
    void questionsHaveOneAnswerEach() {
        for (int n = 0; n < 300; n++) {
            List<QuestionAnswer> exchanges = world.exchanges(n);
            Set<String> questions = new HashSet<>();
            for (QuestionAnswer exchange : exchanges) {
                assertTrue(questions.add(exchange.question()), exchange.question());
                assertFalse(exchange.answer().contains("null"));
            }
        }
    }

    private static JsonObject json(byte[] bytes) {
        return JsonParser.parseString(new String(bytes, StandardCharsets.UTF_8)).getAsJsonObject();
    }
}
