package org.minigpt4j.track.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.track.RunCatalog;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class StoreAddressTest {

    private static final TrackingEnvironment NOBODY = TrackingEnvironment.of(Map.of(), "me");

    @TempDir private Path temp;

    private static RunCatalog open(String uri) {
        return new RunCatalog(uri, NOBODY, Duration.ofSeconds(30));
    }

    @Test
    void addressesThatCannotWorkAreRefusedBeforeAnythingIsDone() {
        for (String uri :
                List.of(
                        "./mlruns",
                        "ftp://somewhere",
                        "http://a b",
                        "http://",
                        "http://host:99999",
                        "http://under_score:5000",
                        "http://me:secret@host",
                        "http://host/path?query",
                        "https://host/#part",
                        "sqlite:///",
                        "sqlite:///" + temp)) {
            var mistake = assertThrows(UsageException.class, () -> StoreAddress.check(uri), uri);
            assertTrue(
                    mistake.getMessage().contains("is not a tracking store ("),
                    mistake.getMessage());
        }
        for (String uri :
                List.of("http://host", "https://host:5000/mlflow/", "http://[::1]:5000")) {
            StoreAddress.check(uri);
        }
        StoreAddress.check("sqlite:///" + temp.resolve("new/mlflow.db"));
    }

    @Test
    void lookingForAStoreMakesNone() throws Exception {
        Path missing = temp.resolve("nosuch/typo.db");
        var mistake =
                assertThrows(UsageException.class, () -> open("sqlite:///" + missing).close());
        assertTrue(mistake.getMessage().contains("there is no store"), mistake.getMessage());
        assertFalse(Files.exists(missing.getParent()));
        Path other = Files.createFile(temp.resolve("other.db"));
        assertThrows(FailedException.class, () -> open("sqlite:///" + other).close());
        assertEquals(0, Files.size(other));
    }

    @Test
    void lookingIntoAStoreChangesNothing() throws Exception {
        Path file = temp.resolve("mlflow.db");
        try (SqliteStore store = SqliteStore.open(file, Duration.ofSeconds(30))) {
            store.createRun(new NewRun("task", "a run", "key", 1000, "me", Map.of()));
        }
        byte[] before = Files.readAllBytes(file);
        try (RunCatalog catalog = open("sqlite:///" + file)) {
            assertEquals("a run", catalog.run("a").name());
            assertThrows(UsageException.class, () -> catalog.run(""));
        }
        try (SqliteStore store = SqliteStore.read(file, Duration.ofSeconds(30))) {
            assertThrows(
                    UnavailableException.class,
                    () -> store.createRun(new NewRun("t", "r", "k", 1, "me", Map.of())));
        }
        assertEquals(List.of("mlflow.db"), names());
        assertEquals(-1, java.util.Arrays.mismatch(before, Files.readAllBytes(file)));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(temp)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aServerThatIsDownRefusesTheConnection() throws Exception {
        String uri;
        try (ServerSocket nobody = new ServerSocket(0)) {
            uri = "http://127.0.0.1:" + nobody.getLocalPort();
        }
        try (RunCatalog catalog = open(uri)) {
            var failure = assertThrows(FailedException.class, catalog::runs);
            String said = failure.getMessage().toLowerCase(java.util.Locale.ROOT);
            assertTrue(said.endsWith("is not to be reached: connection refused"), said);
        }
    }
}
