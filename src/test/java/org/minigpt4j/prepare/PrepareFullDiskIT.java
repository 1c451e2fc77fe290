package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.SmallDisk;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.nano.files.SceneShards;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** A disk that is full under a preparation: of its shards, its report, or Spark's own files. */
@Timeout(300)
class PrepareFullDiskIT {

    private static final int PAIRS = 30;
    private static final String REMEDY =
            ": No space left on device; make room there and run the same command again";

    @TempDir private Path temp;
    private SmallDisk disk;

    @BeforeEach
    void mount() throws IOException {
        try {
            disk = SmallDisk.mount(temp.resolve("disk"), 4096);
        } catch (UnsupportedOperationException e) {
            abort(e.getMessage());
        }
    }

    @AfterEach
    void unmount() {
        if (disk != null) {
            disk.close();
        }
    }

    /** The message of a preparation that finds no room, which names a place on the disk. */
    private void assertFull(PrepareConfig config, Map<String, String> spark) throws IOException {
        String message =
                assertThrows(FailedException.class, () -> PrepareYaml.run(config, spark))
                        .getMessage();
        assertTrue(message.startsWith("could not write " + disk.here("")), message);
        assertTrue(message.endsWith(REMEDY), message);
        try (Stream<Path> tree = Files.walk(disk.here(""))) {
            List<Path> left = tree.filter(path -> path.toString().endsWith(".tmp")).toList();
            assertEquals(List.of(), left, "nothing half-written stays");
        }
    }

    private static void assertWhole(PrepareSummary summary) {
        assertEquals(PAIRS, summary.sources().get(0).kept());
    }

    @Test
    void shardsAndReportsAreWrittenByTheSameCommandOnceThereIsRoom() throws Exception {
        Path list = Files.createDirectories(temp.resolve("list"));
        for (int i = 0; i < PAIRS; i++) {
            Files.write(list.resolve(i + ".jpg"), new SceneWorld(0, 128).jpeg(i));
            Files.writeString(list.resolve(i + ".txt"), "picture " + i);
        }
        String out = disk.here("out").toString();
        PrepareConfig shards = PrepareYaml.of(temp, list, out, "127.0.0.1:1");
        disk.fill(60_000); // room for the plan
        assertFull(shards, Map.of());
        assertFalse(Files.exists(disk.here("out/web/00000.tar")));
        disk.free();
        assertWhole(PrepareYaml.run(shards));

        PrepareConfig report =
                PrepareYaml.of(temp, list, out, "127.0.0.1:1", "prepare.report=true");
        disk.fill(16_384); // for the manifest
        assertFull(report, Map.of());
        assertFalse(Files.exists(disk.here("out/web/report.html")));
        disk.free();
        assertWhole(PrepareYaml.run(report));
        assertTrue(Files.exists(disk.here("out/web/report.html")));
    }

    @Test
    void aPackedTarThatCannotBeUnpackedCostsNoPair() throws Exception {
        SceneShards.write(new SceneWorld(0, 128), temp.resolve("shards"), 0, PAIRS);
        Path packed = temp.resolve("packed.tar.gz");
        try (var out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            Files.copy(temp.resolve("shards/00000.tar"), out);
        }
        Map<String, String> spark = Map.of("spark.local.dir", disk.here("spark").toString());
        PrepareConfig config =
                PrepareYaml.of(temp, packed, temp.resolve("out") + "", "127.0.0.1:1");
        disk.fill(100_000);
        assertFull(config, spark);
        disk.free();
        assertWhole(PrepareYaml.run(config, spark));
    }
}
