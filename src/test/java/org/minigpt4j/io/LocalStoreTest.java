package org.minigpt4j.io;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

class LocalStoreTest {

    @TempDir private Path temp;

    @Test
    void listsWhileAnotherProcessRemovesFolders() {
        LocalStore store = new LocalStore(temp);
        LocalStore other = new LocalStore(temp);
        store.put("stays/file", List.of(ByteBuffer.allocate(1)));
        CompletableFuture<Void> changes =
                CompletableFuture.runAsync(
                        () -> {
                            for (int i = 0; i < 2000; i++) {
                                Path folder = temp.resolve("" + i);
                                assertDoesNotThrow(() -> Files.createDirectory(folder));
                                assertDoesNotThrow(() -> Files.createFile(folder.resolve("file")));
                                other.delete(folder.getFileName() + "/file");
                            }
                        });
        int lists = 0;
        while (!changes.isDone() || lists == 0) {
            assertTrue(store.list("stays").contains("stays/file"));
            lists++;
        }
        changes.join();
    }
}
