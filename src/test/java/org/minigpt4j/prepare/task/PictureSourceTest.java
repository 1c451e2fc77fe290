package org.minigpt4j.prepare.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import com.google.gson.JsonObject;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.SmallDisk;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.prepare.PrepareYaml;
import org.minigpt4j.prepare.plan.Candidate;
import org.minigpt4j.prepare.task.PictureSource.Arrived;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.zip.GZIPOutputStream;

/** Pictures in the middle of files. */
class PictureSourceTest {

    @TempDir private Path folder;

    private Arrived get(String place) throws Exception {
        Path list = PrepareYaml.json(folder.resolve("list.json"), List.of("http://a.example/a"));
        PrepareConfig config = PrepareYaml.of(folder, list, folder + "/out", "127.0.0.1:1");
        try (var source = new PictureSource(ShardSettings.of(config, Map.of()))) {
            return source.get(new Candidate("a", "a", place, new JsonObject())).get();
        }
    }

    @Test
    void aPictureInAPackedTarIsTheOneInItsUnpackedCopy() throws Exception {
        byte[] bytes = "0123456789".repeat(20_000).getBytes(StandardCharsets.UTF_8);
        Path plain = Files.write(folder.resolve("plain.tar"), bytes);
        Path packed = folder.resolve("packed#1.tar");
        try (var out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(bytes);
        }
        byte[] wanted = Arrays.copyOfRange(bytes, 150_003, 150_020);
        assertArrayEquals(wanted, get("file:" + plain + "#150003+17").bytes());
        assertArrayEquals(wanted, get("file:" + packed + "#gzip:150003+17").bytes());
        Files.delete(packed);
        assertArrayEquals(wanted, get("file:" + packed + "#gzip:150003+17").bytes(), "kept");
    }

    @Test
    void aFullDiskUnderAnUnpackedCopyIsNoFailureOfThePair() throws Exception {
        String before = System.getProperty("java.io.tmpdir");
        Path packed = folder.resolve("large.tar");
        try (var out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(new byte[1 << 20]);
        }
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), 256)) {
            System.setProperty("java.io.tmpdir", disk.here("").toString());
            String place = "file:" + packed + "#gzip:0+17";
            Throwable thrown = assertThrows(ExecutionException.class, () -> get(place)).getCause();
            assertEquals(FailedException.class, thrown.getClass());
            String message = thrown.getMessage();
            assertTrue(message.startsWith("could not write " + disk.here("")), message);
            assertTrue(message.endsWith("and run the same command again"), message);
        } catch (UnsupportedOperationException e) {
            abort(e.getMessage());
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
    }

    @Test
    void aPackedTarThatWentAwayIsAFailureOfThePair() throws Exception {
        Arrived none = get("file:" + folder + "/none.tar#gzip:0+10");
        assertNull(none.bytes());
        assertTrue(none.error().startsWith("unreadable: "), none.error());
        assertEquals(0, none.size());
    }
}
