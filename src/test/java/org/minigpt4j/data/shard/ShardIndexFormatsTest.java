package org.minigpt4j.data.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.Resources;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

/**
 * A shard and its index of every format that is read. Whoever changes what is written and keeps the
 * number fails here: give it a number and a fixture of its own.
 */
class ShardIndexFormatsTest {

    @TempDir private Path temp;

    /** Format 1 is that of a shard without flaws. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void isReadAndWrittenAsItIs(int format) throws IOException {
        Path kept = Resources.path("org/minigpt4j/data/formats");
        Path tar = temp.resolve("shard.tar");
        Path index = temp.resolve("shard.tar.index");
        Files.copy(kept.resolve("format" + format + ".tar"), tar);
        Files.copy(kept.resolve("format" + format + ".index"), index);
        FileTime before = FileTime.fromMillis(0);
        Files.setLastModifiedTime(index, before);
        ShardIndex read = new ShardIndexFile(tar, temp.resolve("cache")).load();
        assertEquals(2, read.entries().size());
        assertEquals(format - 1, read.faults().size());
        assertEquals(before, Files.getLastModifiedTime(index), "it was made anew");
        assertEquals(Files.readString(index), ShardIndexFile.text(read));
        assertEquals(read, ShardIndex.scan(new Shard.Local(tar)));
    }
}
