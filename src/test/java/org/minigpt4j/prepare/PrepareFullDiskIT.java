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
import org.minigpt4j.TestProcess;
import org.minigpt4j.cli.TrainProcess;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.nano.files.SceneShards;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** A disk that is full under a preparation: of its shards, its report, or Spark's own files. */
@Timeout(300)
class PrepareFullDiskIT {

    private static final int PAIRS = 30;
    private static final String REMEDY =
            ": No space left on device; free some space there and run the same command again";

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
    private void assertFull(PrepareConfig config) throws IOException {
        String message =
                assertThrows(FailedException.class, () -> PrepareYaml.run(config)).getMessage();
        assertTrue(message.startsWith("could not write " + disk.here("")), message);
        assertTrue(message.endsWith(REMEDY), message);
        try (Stream<Path> tree = Files.walk(disk.here(""))) {
            List<Path> left = tree.filter(path -> path.toString().endsWith(".tmp")).toList();
            assertEquals(List.of(), left, "nothing half-written stays");
        }
    }

    private static void assertWhole(PrepareSummary summary) {
        assertEquals(PAIRS, summary.parts().get(0).samples());
    }

    /** In a process of its own, for Spark asks for the real names of its folders. */
    private Process start(List<String> command) throws IOException {
        List<String> all = new TrainProcess(List.of(), List.of()).command(command);
        return TestProcess.start(new ProcessBuilder(disk.inside(all)).redirectErrorStream(true));
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
        assertFull(shards);
        assertFalse(Files.exists(disk.here("out/web/00000.tar")));
        disk.free();
        assertWhole(PrepareYaml.run(shards));

        PrepareConfig report =
                PrepareYaml.of(temp, list, out, "127.0.0.1:1", "prepare.report=true");
        disk.fill(16_384); // for the manifest
        assertFull(report);
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
        PrepareYaml.of(temp, packed, temp.resolve("out") + "", "127.0.0.1:1");
        List<String> command = new ArrayList<>(List.of("prepare", "--master", "local[1]"));
        Map<String, String> spark = new HashMap<>(PrepareYaml.local());
        spark.put("spark.local.dir", disk.there("spark").toString());
        spark.forEach((key, value) -> command.addAll(List.of("--conf", key + "=" + value)));
        command.addAll(List.of("--cfg-path", temp.resolve("prepare.yaml").toString()));
        disk.fill(100_000);
        Process full = start(command);
        String said = new String(full.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(1, full.waitFor(), said);
        List<String> complaints =
                said.lines().filter(line -> line.startsWith("could not")).distinct().toList();
        assertEquals(1, complaints.size(), said);
        assertTrue(complaints.get(0).startsWith("could not write " + disk.there("spark")), said);
        assertTrue(complaints.get(0).endsWith(REMEDY), said);
        disk.free();
        Process again = start(command);
        String rest = new String(again.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, again.waitFor(), rest);
        assertTrue(rest.contains(PAIRS + " samples"), rest);
    }
}
