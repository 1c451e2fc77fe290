package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.image.ManyScans;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.prepare.PrepareYaml;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** SIGTERM while pictures are decoded of which each takes seconds. */
@Timeout(300)
class SlowPictureIT {

    private static final TrainProcess PROCESS = new TrainProcess(List.of(), List.of());
    private static final int PICTURES = 24;

    /** On a busy machine; all of them take minutes there. */
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir private static Path temp;
    private static NanoFiles files;

    @BeforeAll
    static void make() throws IOException {
        files = NanoFiles.make(temp, 8);
    }

    /** A folder of pictures with captions; quick ones are as long as slow ones. */
    private static Path pictures(Path folder, boolean slow) throws IOException {
        Files.createDirectories(folder);
        byte[] decodedLong = ManyScans.of(ManyScans.jpeg(3000, 3000, true), 90);
        for (int i = 0; i < PICTURES; i++) {
            byte[] small = new SceneWorld(0, 128).jpeg(i);
            byte[] jpeg = slow ? decodedLong : Arrays.copyOf(small, decodedLong.length);
            Files.write(folder.resolve(i + ".jpg"), jpeg);
            Files.writeString(folder.resolve(i + ".txt"), "picture " + i);
        }
        return folder;
    }

    @Test
    @Tag("soak")
    void trainingStopsAndTheSameCommandGoesOn() throws Exception {
        Path folder = pictures(temp.resolve("train"), true);
        List<String> command =
                files.train(
                        "run",
                        Map.of(
                                "datasets.scenes.format", "image_folder",
                                "datasets.scenes.build_info.storage", folder.toString(),
                                "run.max_epoch", "1",
                                "run.iters_per_epoch", "2",
                                "run.batch_size_train", "12",
                                "run.samples.count", "0",
                                "run.tracking.uri", "none"));
        Process process = PROCESS.start(command);
        StringBuilder said = new StringBuilder();
        try (BufferedReader reader = process.inputReader()) {
            String line = reader.readLine();
            while (line != null && !line.startsWith("loaded ")) {
                said.append(line).append('\n');
                line = reader.readLine();
            }
            endsSoon(process);
            reader.lines().forEach(rest -> said.append(rest).append('\n'));
        }
        assertEquals(143, process.waitFor(), said.toString());
        assertTrue(said.toString().contains("Stopped before a step was done"), said.toString());
        assertFalse(said.toString().contains("\tat "), said.toString());
        pictures(folder, false);
        Process again = PROCESS.start(command);
        String rest = new String(again.getInputStream().readAllBytes());
        assertEquals(0, again.waitFor(), rest);
        RunFolder run = new RunFolder(temp.resolve("run"));
        assertEquals(run.checkpoint(2), run.newest().orElseThrow());
    }

    @Test
    void aPreparationStopsAndTheSameCommandGoesOn() throws Exception {
        Path folder = pictures(temp.resolve("list"), true);
        Path out = temp.resolve("out");
        PrepareYaml.of(temp, folder, out.toString(), "127.0.0.1:1");
        List<String> command = new ArrayList<>(List.of("prepare", "--master", "local[1]"));
        PrepareYaml.local()
                .forEach((key, value) -> command.addAll(List.of("--conf", key + "=" + value)));
        command.addAll(List.of("--cfg-path", temp.resolve("prepare.yaml").toString()));
        Process process = PROCESS.start(command);
        Path log = temp.resolve("log");
        Thread copier = copy(process, log);
        while (process.isAlive() && !isMade(out.resolve("web"))) {
            process.waitFor(10, TimeUnit.MILLISECONDS);
        }
        endsSoon(process);
        copier.join();
        String said = Files.readString(log);
        assertEquals(143, process.waitFor(), said);
        assertFalse(said.contains("\tat "), said);
        assertFalse(Files.exists(out.resolve("web/00000.tar")), said);
        pictures(folder, false);
        Process again = PROCESS.start(command);
        String rest = new String(again.getInputStream().readAllBytes());
        assertEquals(0, again.waitFor(), rest);
        assertTrue(Files.readString(out.resolve("web/00000_stats.json")).contains("" + PICTURES));
    }

    private static void endsSoon(Process process) throws InterruptedException {
        process.toHandle().destroy(); // which leaves what it printed to be read
        assertTrue(process.waitFor(SOON.toMillis(), TimeUnit.MILLISECONDS), "it goes on decoding");
    }

    private static Thread copy(Process process, Path log) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                Files.copy(process.getInputStream(), log);
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        });
        thread.start();
        return thread;
    }

    /** Whether a shard's tar is begun, and with it its first picture. */
    private static boolean isMade(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(file -> file.getFileName().toString().startsWith(".00000.tar."));
        }
    }
}
