package org.minigpt4j.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class NativeFolderTest {

    @TempDir private Path temp;

    @Test
    void theFirstFolderThatMayHoldProgramsIsTaken() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "no folder");
        Path good = temp.resolve("cache/minigpt4j");
        assertEquals(good, NativeFolder.choose(file, List.of(file, good, temp)));
        FailedException none =
                assertThrows(FailedException.class, () -> NativeFolder.choose(file, List.of(file)));
        assertTrue(none.getMessage().contains("noexec"), none.getMessage());
        assertTrue(none.getMessage().contains("-Djava.io.tmpdir"), none.getMessage());
    }
}
