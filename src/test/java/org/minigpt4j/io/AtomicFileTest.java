package org.minigpt4j.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.MiniGpt4Exception;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

class AtomicFileTest {
    @TempDir Path folder;

    @Test
    void replacesTheOldContentOnlyAtTheCommit() throws IOException {
        Path target = folder.resolve("a/b.txt");
        AtomicFile.writeString(target, "old");
        try (AtomicFile file = AtomicFile.create(target)) {
            file.write(ByteBuffer.wrap("new and longer".getBytes()), 0);
            assertEquals("old", Files.readString(target));
            file.commit();
        }
        assertEquals("new and longer", Files.readString(target));
        assertEquals(List.of(target), list(target.getParent()));
    }

    @Test
    void leavesTheOldContentAndNoTraceWithoutACommit() throws IOException {
        Path target = folder.resolve("b.txt");
        AtomicFile.writeString(target, "old");
        try (AtomicFile file = AtomicFile.create(target)) {
            file.write(ByteBuffer.wrap(new byte[1000]), 0);
        }
        assertEquals("old", Files.readString(target));
        assertEquals(List.of(target), list(folder));
    }

    @Test
    void clearsWhatAKilledWriterLeft() throws IOException {
        AtomicFile killed = AtomicFile.create(folder.resolve("a.json"));
        assertEquals(1, list(folder).size());
        Path own = Files.writeString(folder.resolve("b.tmp"), "somebody's");
        AtomicFile.clearLeft(folder);
        assertEquals(List.of(own), list(folder));
        killed.close();
    }

    @Test
    void copiesBytesAsTheyAre() throws IOException {
        Path source = folder.resolve("source");
        byte[] bytes = new byte[100_000];
        new Random(7).nextBytes(bytes);
        Files.write(source, bytes);
        AtomicFile.copy(source, folder.resolve("target"));
        assertEquals(-1, Files.mismatch(source, folder.resolve("target")));
    }

    @Test
    void namesTheFileItCannotWrite() throws IOException {
        Path file = Files.writeString(folder.resolve("plain"), "a file, not a folder");
        Path target = file.resolve("below.txt");
        String message =
                assertThrows(MiniGpt4Exception.class, () -> AtomicFile.create(target)).getMessage();
        assertTrue(message.contains(target.toString()), message);
    }

    @Test
    void hashesAsTheStandardSays() {
        // FIPS 180-2, appendix B.1
        assertEquals(
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                new Sha256()
                        .update(ByteBuffer.wrap("a".getBytes()))
                        .update(ByteBuffer.wrap("bc".getBytes()))
                        .hex());
    }

    private static List<Path> list(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.toList();
        }
    }
}
