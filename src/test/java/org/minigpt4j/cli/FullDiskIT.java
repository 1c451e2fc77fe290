package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import com.google.gson.JsonParser;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.SmallDisk;
import org.minigpt4j.TestProcess;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.cli.TrainProcess.Blow;
import org.minigpt4j.cli.TrainProcess.Ended;
import org.minigpt4j.io.AtomicFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Training onto a file system that is full, fills up, or may not be written to. */
@Timeout(300)
class FullDiskIT {

    // Their lines fill pages of a disk, so that the log is sure to need a new one in an epoch.
    private static final int STEPS = 20;
    private static final int EPOCHS = 2;
    private static final TrainProcess PROCESS = new TrainProcess(List.of(), List.of());

    @TempDir private static Path temp;
    private static NanoFiles files;
    private SmallDisk disk;

    @BeforeAll
    static void trainUndisturbed() throws Exception {
        files = NanoFiles.make(temp, 96);
        Ended unbroken = PROCESS.run(files.train("unbroken", options()), Blow.NEVER);
        assertEquals(0, unbroken.exitCode(), unbroken.output());
    }

    @AfterEach
    void unmount() {
        if (disk != null) {
            disk.close();
        }
    }

    @Test
    void aCheckpointThatFindsNoRoomEndsTheRunWhichGoesOnOnceThereIsSome() throws Exception {
        mount(8192);
        // Some 200 kB each: there is room for a few of them.
        disk.fill(700_000);
        Map<String, String> all = options();
        all.put("run.tracking.uri", "none");
        all.put("run.checkpoint.steps", "1");
        all.put("run.checkpoint.keep_last", "100");
        Ended full = train(all);
        assertEquals(1, full.exitCode(), full.output());
        String message = onlyComplaint(full);
        assertTrue(
                message.startsWith("could not write " + disk.there("run/checkpoints/")), message);
        RunFolder run = new RunFolder(disk.here("run"));
        Path newest = run.newest().orElseThrow();
        assertTrue(Files.size(newest.resolve("state.safetensors")) > 100_000);
        assertEquals(List.of(), temporaries(), "nothing half-written stays");

        disk.free();
        all.put("run.checkpoint.keep_last", "1");
        all.put("run.checkpoint.steps", "5");
        goesOnToTheSameBits(all, Integer.parseInt(newest.getFileName().toString()));
    }

    @Test
    @Tag("soak")
    void aLogThatFindsNoRoomEndsTheRunWhichGoesOnOnceThereIsSome() throws Exception {
        mount(24 * 1024);
        Map<String, String> all = options(); // tracking is on and has its store on this disk
        all.put("run.checkpoint.seconds", "0");
        Process process = start(all);
        var said = new StringBuilder();
        RunFolder run = new RunFolder(disk.here("run"));
        try (var reader = process.inputReader()) {
            boolean filling = false;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                said.append(line).append('\n');
                if (line.startsWith("epoch 1 ")) {
                    // The end of an epoch is saved in the background.
                    while (!filling && run.newest().isEmpty()) {
                        Thread.onSpinWait();
                    }
                    filling = true;
                    disk.fill(0); // again and again: the record's store gives room back
                }
            }
        }
        Ended full = new Ended(process.waitFor(), said.toString(), false);
        assertEquals(1, full.exitCode(), full.output());
        String message = onlyComplaint(full);
        assertTrue(
                message.startsWith("could not write " + disk.there("run/metrics.jsonl")), message);
        assertEquals(run.checkpoint(STEPS), run.newest().orElseThrow());

        disk.fill(0);
        byte[] log = Files.readAllBytes(run.metrics());
        Ended stillFull = train(all);
        assertEquals(1, stillFull.exitCode(), stillFull.output());
        onlyComplaint(stillFull);
        assertArrayEquals(log, Files.readAllBytes(run.metrics()), "nothing is lost by trying");

        disk.free();
        goesOnToTheSameBits(all, STEPS);
    }

    @Test
    void anOutputFolderThatMayNotBeWrittenIsToldBeforeAnythingIsRead() throws Exception {
        mount(8192);
        Files.createDirectories(disk.here("run"));
        disk.makeReadOnly();
        Ended ended = train(options());
        assertEquals(2, ended.exitCode(), ended.output());
        assertTrue(ended.output().contains("run.output_dir"), ended.output());
        assertTrue(ended.output().contains(disk.there("run") + ", which is not writable"));
        assertFalse(ended.output().contains("loaded "), ended.output());

        // What becomes read-only later fails where it is written.
        Path file = disk.here("run/log.txt");
        var e = assertThrows(FailedException.class, () -> AtomicFile.writeString(file, "text"));
        String what = ": Read-only file system; choose a folder that is writable";
        assertEquals("could not write " + file + what, e.getMessage());
    }

    private void mount(int kilobytes) throws IOException {
        try {
            disk = SmallDisk.mount(Files.createTempDirectory(temp, "disk"), kilobytes);
        } catch (UnsupportedOperationException e) {
            abort(e.getMessage());
        }
    }

    private static Map<String, String> options() {
        return new TreeMap<>(
                Map.of(
                        "run.max_epoch", "" + EPOCHS,
                        "run.iters_per_epoch", "" + STEPS,
                        "run.batch_size_train", "2",
                        "run.threads", "1",
                        "run.log_freq", "1"));
    }

    private Process start(Map<String, String> options) throws IOException {
        options.put("run.output_dir", disk.there("run").toString());
        return TestProcess.start(
                new ProcessBuilder(disk.inside(PROCESS.command(files.train("run", options))))
                        .redirectErrorStream(true));
    }

    private Ended train(Map<String, String> options) throws Exception {
        Process process = start(options);
        String output = new String(process.getInputStream().readAllBytes());
        return new Ended(process.waitFor(), output, false);
    }

    /** The one line that says what is wrong and what to do; the record may warn beside it. */
    private static String onlyComplaint(Ended ended) {
        List<String> lines =
                ended.output().lines().filter(line -> line.startsWith("could not ")).toList();
        assertEquals(1, lines.size(), ended.output());
        String what =
                ": No space left on device; free some space there and run the same command again";
        assertTrue(lines.get(0).endsWith(what), ended.output());
        assertFalse(ended.output().contains("\tat "), ended.output());
        return lines.get(0);
    }

    private void goesOnToTheSameBits(Map<String, String> options, int behind) throws Exception {
        Ended resumed = train(options);
        assertEquals(0, resumed.exitCode(), resumed.output());
        assertTrue(resumed.output().contains("after step " + behind), resumed.output());
        RunFolder unbroken = new RunFolder(temp.resolve("unbroken"));
        RunFolder run = new RunFolder(disk.here("run"));
        assertEquals(figures(unbroken), figures(run));
        assertEquals(epochLines(unbroken), epochLines(run));
        String state = "state.safetensors";
        assertArrayEquals(
                Files.readAllBytes(unbroken.checkpoint(EPOCHS * STEPS).resolve(state)),
                Files.readAllBytes(run.checkpoint(EPOCHS * STEPS).resolve(state)));
    }

    private static List<String> figures(RunFolder run) throws IOException {
        return Files.readAllLines(run.metrics()).stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .map(json -> json.get("step") + " " + json.get("loss") + " " + json.get("lr"))
                .toList();
    }

    private static List<String> epochLines(RunFolder run) throws IOException {
        return Files.readAllLines(run.log()).stream()
                .filter(line -> line.startsWith("{\"t"))
                .toList();
    }

    private List<Path> temporaries() throws IOException {
        try (var tree = Files.walk(disk.here("run"))) {
            return tree.filter(path -> path.toString().endsWith(".tmp")).toList();
        }
    }
}
