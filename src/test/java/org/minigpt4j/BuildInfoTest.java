package org.minigpt4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

class BuildInfoTest {

    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    @Test
    void aBuildKnowsItsCommitAndWhetherFilesHadBeenChanged() {
        Properties stamp = new Properties();
        assertEquals(Optional.empty(), BuildInfo.revision(stamp));
        stamp.setProperty("git.commit.id.full", COMMIT);
        stamp.setProperty("git.dirty", "false");
        assertEquals(Optional.of(COMMIT), BuildInfo.revision(stamp));
        stamp.setProperty("git.dirty", "true");
        assertEquals(Optional.of(COMMIT + "-dirty"), BuildInfo.revision(stamp));
    }

    @Test
    void nothingElseReadsTheVersion() throws IOException {
        try (Stream<Path> tree = Files.walk(Path.of("src", "main", "java"))) {
            List<String> readers =
                    tree.filter(path -> path.toString().endsWith(".java"))
                            .filter(BuildInfoTest::readsTheManifest)
                            .map(path -> path.getFileName().toString())
                            .toList();
            assertEquals(List.of("BuildInfo.java"), readers);
        }
    }

    @Test
    void outsideAJarTheVersionSaysSo() {
        assertEquals("development", BuildInfo.version());
    }

    private static boolean readsTheManifest(Path file) {
        try {
            return Files.readString(file).contains("getImplementationVersion");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
