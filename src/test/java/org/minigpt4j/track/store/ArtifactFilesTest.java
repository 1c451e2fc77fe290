package org.minigpt4j.track.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

class ArtifactFilesTest {

    private static final Duration DEADLINE = Duration.ofSeconds(60);

    @TempDir private Path temp;

    @Test
    void aPlaceOfThisMachineMayBeWrittenInManyWays() throws Exception {
        Path source = Files.writeString(temp.resolve("source"), "content");
        Path target = temp.resolve("a folder");
        for (String uri :
                new String[] {
                    target.toString(),
                    "file://" + target,
                    "file:" + target,
                    target.toUri().toString()
                }) {
            ArtifactFiles.put(uri, "sub/file.txt", source, DEADLINE);
            assertEquals("content", Files.readString(target.resolve("sub/file.txt")), uri);
            Files.delete(target.resolve("sub/file.txt"));
        }
    }

    @Test
    void aStorageThatHadoopDoesNotKnowIsTriedLater() throws Exception {
        Path source = Files.writeString(temp.resolve("source"), "content");
        assertThrows(
                UnavailableException.class,
                () -> ArtifactFiles.put("nosuch://host/run", "file.txt", source, DEADLINE));
    }
}
