package org.minigpt4j.track.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

class ArtifactFilesTest {

    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private static final String RUN = "0123456789abcdef0123456789abcdef";

    @TempDir private Path temp;

    @Test
    void aPlaceOfThisMachineMayBeWrittenInManyWays() throws Exception {
        Path source = Files.writeString(temp.resolve("source"), "content");
        Path target = temp.resolve("a folder/" + RUN + "/artifacts");
        for (String uri :
                new String[] {
                    target.toString(),
                    "file://" + target,
                    "file:" + target,
                    target.toUri().toString()
                }) {
            ArtifactFiles.put(RUN, uri, "sub/file.txt", source, DEADLINE);
            assertEquals("content", Files.readString(target.resolve("sub/file.txt")), uri);
            Files.delete(target.resolve("sub/file.txt"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "../x",
                "a/../../x",
                "/etc/x",
                "a//x",
                "a\\..\\x",
                "a/\0",
                "a\nb",
                "a/"
            })
    void nothingLeavesTheArtifacts(String path) throws Exception {
        Path source = Files.writeString(temp.resolve("source"), "content");
        String root = temp.resolve(RUN + "/artifacts").toString();
        assertThrows(
                RefusedException.class, () -> ArtifactFiles.put(RUN, root, path, source, DEADLINE));
    }

    @Test
    void onlyAFolderOfTheRunIsWritten() throws Exception {
        Path source = Files.writeString(temp.resolve("source"), "content");
        Path link = temp.resolve(RUN + "/artifacts/link");
        Files.createDirectories(link.getParent());
        Files.createDirectories(temp.resolve("home"));
        Files.createSymbolicLink(link, temp.resolve("home"));
        String right = temp.resolve(RUN + "/artifacts").toString();
        for (String root :
                List.of(
                        "",
                        ".",
                        temp.toString(),
                        RUN + "/artifacts",
                        temp + "/x/../" + RUN + "/artifacts",
                        "file:" + temp + "/%2e%2e/" + RUN + "/artifacts",
                        temp + "/" + RUN,
                        "\0/" + RUN + "/artifacts")) {
            assertThrows(
                    RefusedException.class,
                    () -> ArtifactFiles.put(RUN, root, "file", source, DEADLINE),
                    root);
        }
        assertThrows(
                RefusedException.class,
                () -> ArtifactFiles.put(RUN, right, "link/file", source, DEADLINE));
        ArtifactFiles.put(RUN, right, "file", source, DEADLINE);
        try (Stream<Path> home = Files.list(temp.resolve("home"))) {
            assertEquals(List.of(), home.toList());
        }
    }

    @Test
    void aStorageThatHadoopDoesNotKnowIsTriedLater() throws Exception {
        Path source = Files.writeString(temp.resolve("source"), "content");
        assertThrows(
                UnavailableException.class,
                () -> ArtifactFiles.put(RUN, "nosuch://host/run", "file.txt", source, DEADLINE));
    }
}
