package org.minigpt4j.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** People's own files on this machine, reached by Hadoop's addresses. */
class RemoteFilesTest {

    @TempDir Path folder;

    private static String read(RemoteFiles files, String address) throws IOException {
        try (InputStream in = files.read(address)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aStaleChecksumBesideAFileIsNotBelieved() throws IOException {
        Path list = Files.writeString(folder.resolve("list.tsv"), "edited");
        Path crc = folder.resolve(".list.tsv.crc");
        Files.write(crc, new byte[] {'c', 'r', 'c', 0, 0, 0, 2, 0, 1, 2, 3, 4});
        try (RemoteFiles files = new RemoteFiles(Map.of())) {
            assertEquals("edited", read(files, "file:" + list));
            // What is written anew is not to be judged by it either.
            files.write("file:" + list, "new".getBytes(StandardCharsets.UTF_8));
            assertEquals("new", read(files, "file:" + list));
            assertFalse(Files.exists(crc));
        }
    }

    @Test
    void namesMayHaveColonsAndBrackets() throws IOException {
        for (String name : List.of("Screenshot 12:30:00.jpg", "_MG_0002.jpg", "a*b", "data[1]")) {
            Files.writeString(folder.resolve(name), name);
        }
        try (RemoteFiles files = new RemoteFiles(Map.of())) {
            List<RemoteFiles.Entry> found = files.list("file:" + folder);
            assertEquals(4, found.size());
            for (RemoteFiles.Entry entry : found) {
                assertEquals(
                        entry.address().substring(entry.address().lastIndexOf('/') + 1),
                        read(files, entry.address()));
            }
        }
    }
}
