package org.minigpt4j.data.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class ShardPlacesTest {

    @TempDir Path folder;

    @Test
    void bracesAreSpelledOutAsAShellDoes() {
        assertEquals(
                List.of("s/08.tar", "s/09.tar", "s/10.tar"), ShardPlaces.expand("s/{08..10}.tar"));
        assertEquals(List.of("9", "10"), ShardPlaces.expand("{9..10}"));
        assertEquals(
                List.of("a0.tar", "a1.tar", "bc0.tar", "bc1.tar"),
                ShardPlaces.expand("{a,bc}{0..1}.tar"));
        assertEquals(10489, ShardPlaces.expand("/data/{00000..10488}.tar").size());
        assertEquals(List.of("plain.tar"), ShardPlaces.expand("plain.tar"));
    }

    @Test
    void everyWayToNameShardsFindsTheSameOnes() throws IOException {
        for (String name :
                List.of("00000.tar", "00001.tar", "00002.tar", "00000.tar.index", "x.txt")) {
            Files.writeString(folder.resolve(name), "");
        }
        List<Path> all =
                List.of(
                        folder.resolve("00000.tar"),
                        folder.resolve("00001.tar"),
                        folder.resolve("00002.tar"));
        assertEquals(all, find(""));
        assertEquals(all, find("/{00000..00002}.tar"));
        assertEquals(all, find("/*.tar"));
        assertEquals(all, find("/0000[0-2].tar"));
        assertEquals(all.subList(1, 2), find("/00001.tar"));
        Files.writeString(
                folder.resolve("manifest.json"),
                "{\"shards\": [{\"path\": \"00002.tar\"}, {\"path\": \"00000.tar\"}]}");
        List<Path> listed = List.of(all.get(2), all.get(0));
        assertEquals(listed, find(""), "a folder's manifest says what belongs to it");
        assertEquals(listed, find("/manifest.json"));
    }

    @Test
    void aGlobTakesOnlyTars() throws IOException {
        for (String name : List.of("00000.tar", "00000.tar.index", "00000.parquet", "x.txt")) {
            Files.writeString(folder.resolve(name), "");
        }
        assertEquals(List.of(folder.resolve("00000.tar")), find("/*"));
    }

    @Test
    void aShardThatIsShorterThanItsManifestSaysIsAnError() throws IOException {
        Files.writeString(folder.resolve("00000.tar"), "1234");
        String manifest = "{\"shards\": [{\"path\": \"00000.tar\", \"bytes\": %d}]}";
        Files.writeString(folder.resolve("manifest.json"), manifest.formatted(4));
        assertEquals(List.of(folder.resolve("00000.tar")), find(""));
        Files.writeString(folder.resolve("manifest.json"), manifest.formatted(5));
        UsageException error = assertThrows(UsageException.class, () -> find(""));
        assertTrue(error.getMessage().contains("has 4 bytes"), error.getMessage());
        assertTrue(error.getMessage().contains("says 5"), error.getMessage());
    }

    @Test
    void aRangeThatIsTooLongIsRefused() {
        for (String range : List.of("{0..10000000}.tar", "{0..99999999999999999999999}.tar")) {
            UsageException error =
                    assertThrows(UsageException.class, () -> ShardPlaces.expand(range));
            assertTrue(error.getMessage().contains(range), error.getMessage());
        }
    }

    @Test
    void aMissingShardIsAnErrorAtTheStart() throws IOException {
        Files.writeString(folder.resolve("00000.tar"), "");
        for (String place : List.of("/{00000..00002}.tar", "/00001.tar", "/*.tgz", "/none")) {
            UsageException error = assertThrows(UsageException.class, () -> find(place));
            assertTrue(error.getMessage().contains("laion"), error.getMessage());
        }
        UsageException error =
                assertThrows(UsageException.class, () -> find("/{00000..00002}.tar"));
        assertTrue(error.getMessage().contains("2 of the 3"), error.getMessage());
        assertTrue(error.getMessage().contains("00001.tar"), error.getMessage());
    }

    @Test
    void anEmptyFolderAndABrokenManifestAreErrors() throws IOException {
        assertThrows(UsageException.class, () -> find(""));
        Files.writeString(folder.resolve("manifest.json"), "{\"shards\": 3}");
        assertThrows(UsageException.class, () -> find(""));
        Files.writeString(
                folder.resolve("manifest.json"), "{\"shards\": [{\"path\": \"gone.tar\"}]}");
        assertThrows(UsageException.class, () -> find(""));
    }

    private List<Path> find(String place) {
        return ShardPlaces.find("laion", List.of(folder + place));
    }
}
