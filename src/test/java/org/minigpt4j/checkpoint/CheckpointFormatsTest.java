package org.minigpt4j.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.Resources;
import org.minigpt4j.io.LocalStore;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A checkpoint of every format that is read. Whoever changes what is written and keeps the number
 * fails here: give it a number and a fixture of its own.
 */
class CheckpointFormatsTest {

    private static final List<String> FILES =
            List.of(Checkpoint.TENSORS, Checkpoint.STATE, Checkpoint.MANIFEST);

    @TempDir private Path temp;

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void isReadAndWrittenAsItIs(int format) throws Exception {
        Path kept = Resources.path("org/minigpt4j/checkpoint/formats");
        String name = "format" + format;
        Checkpoint read = Checkpoint.read(new LocalStore(kept), name);
        assertEquals(7, read.state().step());
        assertEquals(format == 4, !read.state().carried().set().tensors().isEmpty());
        LocalStore again = new LocalStore(temp);
        read.write(again, name);
        for (String file : FILES) {
            byte[] before = Files.readAllBytes(kept.resolve(name).resolve(file));
            assertArrayEquals(before, again.get(name + "/" + file), file);
        }
    }

    @Test
    void aFormatOfALaterVersionIsRefusedByItsNumber() throws Exception {
        Path kept = Resources.path("org/minigpt4j/checkpoint/formats/format3");
        Path later = Files.createDirectory(temp.resolve("later"));
        for (String file : FILES) {
            Files.copy(kept.resolve(file), later.resolve(file));
        }
        Path manifest = later.resolve(Checkpoint.MANIFEST);
        String text = Files.readString(manifest);
        Files.writeString(manifest, text.replace("\"format\": 3", "\"format\": 5"));
        MiniGpt4Exception e =
                assertThrows(
                        MiniGpt4Exception.class,
                        () -> Checkpoint.read(new LocalStore(temp), "later"));
        assertTrue(e.getMessage().contains("format 5"), e.getMessage());
    }
}
