package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class DoctorIT {

    @TempDir private static Path temp;
    private static NanoFiles files;

    @BeforeAll
    static void make() throws IOException {
        files = NanoFiles.make(temp, 64);
    }

    @Test
    void aHealthyRunIsMeasuredAndLeavesNothingBehind() {
        String said =
                examine(
                        0,
                        List.of(),
                        Map.of(
                                "run.batch_size_train", "2",
                                "run.valid_splits", "[val]",
                                "run.batch_size_eval", "10",
                                "datasets.scenes.build_info.val_storage",
                                        temp.resolve("shards").toString()));
        assertTrue(said.contains("measured over 5 steps"), said);
        assertTrue(said.contains("7 micro-batches of 10 behind each epoch"), said);
        assertTrue(said.contains("64 samples in 1 shards"), said);
        assertTrue(said.contains("800 samples drawn"), said);
        assertTrue(said.endsWith("A run would begin.\n"), said);
        assertFalse(Files.exists(temp.resolve("out").resolve("metrics.jsonl")));
        assertFalse(Files.exists(temp.resolve("out").resolve("checkpoints")));
    }

    @Test
    void aRunThatHasEndedIsMeasuredAllTheSame() {
        Map<String, String> two =
                Map.of(
                        "run.batch_size_train", "2",
                        "run.max_epoch", "1",
                        "run.iters_per_epoch", "2");
        execute("train", 0, List.of(), "ended", two);
        String said = execute("doctor", 0, List.of(), "ended", two);
        assertTrue(said.contains("behind iteration 2"), said);
        assertTrue(said.matches("(?s).* time +0[.]\\d*[1-9]\\d* s a step.*"), said);
    }

    @Test
    void aMachineThatIsNotHereIsForecastFromItsDataSheet() {
        String said =
                examine(
                        0,
                        List.of("--gpu", "a100", "--devices", "4"),
                        Map.of("run.device", "cuda", "run.amp", "True"));
        assertTrue(said.contains("from the data sheet of 4 x a100 at 35% of its peak"), said);
        assertTrue(said.contains("64 samples in 4 micro-batches"), said);
    }

    @Test
    void devicesOfNoGpuAreRefused() {
        String said = examine(2, List.of("--devices", "4"), Map.of());
        assertTrue(said.contains("--devices counts the GPUs that --gpu names"), said);
        assertFalse(said.contains("ok "), said);
    }

    @Test
    void everyFaultIsToldAtOnce() {
        String said = examine(2, List.of(), Map.of("run.devices", "[7]", "model.vit.width", "192"));
        assertTrue(said.contains("FAULT  devices"), said);
        assertTrue(said.contains("FAULT  weights"), said);
        assertTrue(said.contains("patch_embed.proj.weight is (96, 3, 14, 14)"), said);
        assertFalse(said.contains("Forecast"), said);
        assertTrue(said.endsWith("A run would not begin.\n"), said);
    }

    private static String examine(int exitCode, List<String> extra, Map<String, String> options) {
        return execute("doctor", exitCode, extra, "out", options);
    }

    private static String execute(
            String command,
            int exitCode,
            List<String> extra,
            String output,
            Map<String, String> options) {
        List<String> arguments = files.train(output, options);
        arguments.set(0, command);
        arguments.addAll(1, extra);
        var said = new StringWriter();
        int code =
                Main.commandLine()
                        .setOut(new PrintWriter(said))
                        .setErr(new PrintWriter(said))
                        .execute(arguments.toArray(String[]::new));
        assertEquals(exitCode, code, said.toString());
        return said.toString();
    }
}
