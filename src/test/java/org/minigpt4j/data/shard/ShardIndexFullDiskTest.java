package org.minigpt4j.data.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.SmallDisk;
import org.minigpt4j.data.Tars;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An index that finds room neither beside its shard nor in the cache. */
class ShardIndexFullDiskTest {

    @TempDir private Path temp;

    @Test
    void namesThePlaceInTheCacheAndIsMadeOnceThereIsRoom() throws IOException {
        SmallDisk disk = null;
        try {
            disk = SmallDisk.mount(temp.resolve("disk"), 128);
        } catch (UnsupportedOperationException e) {
            abort(e.getMessage());
        }
        try (SmallDisk full = disk) {
            byte[] tar = new Tars().add("0.jpg", "picture").add("0.txt", "caption").bytes();
            Path shard = Files.write(full.here("0.tar"), tar);
            Path cache = full.here("cache");
            full.fill(0);
            FailedException told =
                    assertThrows(
                            FailedException.class, () -> new ShardIndexFile(shard, cache).counts());
            String message = told.getMessage();
            assertTrue(
                    message.startsWith("could not write " + cache.resolve("shard-index")), message);
            assertTrue(message.endsWith("run the same command again"), message);
            assertEquals(0, cache.resolve("shard-index").toFile().list().length);
            full.free();
            assertEquals(1, new ShardIndexFile(shard, cache).counts().samples());
            assertTrue(Files.exists(full.here("0.tar.index")));
        }
    }
}
