package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;
import org.minigpt4j.nano.RandomModel;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
        assertTrue(said.contains("7 micro-batches of 10 after each epoch"), said);
        assertTrue(said.contains("64 samples in 1 shards"), said);
        assertTrue(said.contains("600 samples drawn"), said);
        assertTrue(said.endsWith("A run would begin.\n"), said);
        assertFalse(said.contains(" 0.00 ") || said.contains("cpu()"), said);
        assertFalse(Files.exists(temp.resolve("out")), "not even an empty folder");
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
        assertTrue(said.contains("after step 2"), said);
        assertTrue(said.endsWith("has ended; nothing is left to train.\n"), said);
        assertTrue(said.matches("(?s).* time +0[.]\\d*[1-9]\\d* s a step.*"), said);
    }

    @Test
    void aResumedRunIsForecastWithTheMicroBatchesItWasBegunWith() {
        Map<String, String> options =
                new TreeMap<>(
                        Map.of(
                                "run.batch_size_train", "2",
                                "run.max_epoch", "1",
                                "run.iters_per_epoch", "2"));
        execute("train", 0, List.of(), "begun", options);
        options.put("run.devices", "cpu x 4");
        String said = execute("doctor", 0, List.of(), "begun", options);
        assertTrue(said.contains("3 of 4 replicas stay idle"), said);
        assertTrue(said.contains("2 samples in 1 micro-batches"), said);
        String trained = execute("train", 0, List.of(), "begun", options);
        assertTrue(trained.contains("3 of 4 replicas stay idle"), trained);
    }

    @Test
    void aFolderThatIsBeingTrainedIntoIsAFault() throws IOException {
        Path folder = Files.createDirectories(temp.resolve("busy"));
        try (FileChannel lock =
                        FileChannel.open(
                                folder.resolve("lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                FileLock held = lock.lock(1L << 30, 1, false)) {
            assertTrue(held.isValid());
            String said = execute("doctor", 2, List.of(), "busy", Map.of());
            assertTrue(said.contains("is being trained into by"), said);
        }
    }

    @Test
    void aGpuWithoutBfloat16IsAFaultWhereThatIsAskedFor() {
        Map<String, String> bf16 = Map.of("run.device", "cuda", "run.precision", "bf16");
        String said = examine(2, List.of("--gpu", "t4"), bf16);
        assertTrue(said.contains("a T4 has no bfloat16; set run.precision: fp16"), said);
        assertFalse(said.contains("Forecast"), said);
        examine(0, List.of("--gpu", "l4"), bf16);
        examine(0, List.of("--gpu", "t4"), Map.of("run.device", "cuda", "run.precision", "fp16"));
    }

    @Test
    void aMachineThatIsNotHereIsForecastFromItsDataSheet() {
        String said =
                examine(
                        0,
                        List.of("--gpu", "a100", "--devices", "4"),
                        Map.of("run.device", "cuda", "run.amp", "True"));
        assertTrue(said.contains("from the data sheet of 4 x a100 at 35% of its peak"), said);
        assertTrue(said.contains("32 samples in 4 micro-batches"), said);
    }

    @Test
    void devicesOfNoGpuAreRefused() {
        String said = examine(2, List.of("--devices", "4"), Map.of());
        assertTrue(said.contains("--devices is the number of GPUs for --gpu"), said);
        assertFalse(said.contains("ok "), said);
    }

    @Test
    void everyFaultIsToldAtOnce() {
        String said =
                examine(
                        2,
                        List.of(),
                        Map.of(
                                "run.devices", "[7]",
                                "model.vit.width", "192",
                                "run.listeners", "[a.b.C]"));
        assertTrue(said.contains("there is no class a.b.C"), said);
        assertTrue(said.contains("FAULT  devices"), said);
        assertTrue(said.contains("FAULT  weights"), said);
        assertTrue(said.contains("patch_embed.proj.weight is (96, 3, 14, 14)"), said);
        assertFalse(said.contains("Forecast"), said);
        assertTrue(said.endsWith("A run would not begin.\n"), said);
    }

    @Test
    void aPlaceForCheckpointsBelowAFileIsWrongInTheConfiguration() throws IOException {
        Path file = Files.writeString(temp.resolve("file"), "");
        Map<String, String> below =
                Map.of("run.checkpoint.dir", file.resolve("checkpoints").toString());
        String said = examine(2, List.of(), below);
        assertTrue(said.contains("run.checkpoint.dir: names " + file), said);
        assertTrue(said.contains(file + " is not a folder"), said);
    }

    @Test
    void anAddressOfTheEnvironmentThatIsNoStoreIsToldBeforeWeights() throws Exception {
        for (String command : List.of("doctor", "train")) {
            List<String> arguments = files.train("nowhere", Map.of());
            arguments.set(0, command);
            ProcessBuilder builder =
                    new ProcessBuilder(new TrainProcess(List.of(), List.of()).command(arguments))
                            .redirectErrorStream(true);
            builder.environment().put("MLFLOW_TRACKING_URI", "./mlruns");
            Process process = TestProcess.start(builder);
            String said = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertEquals(2, process.waitFor(), said);
            assertTrue(said.contains("./mlruns is not a tracking store"), said);
            assertFalse(said.contains("loaded "), said);
        }
    }

    @Test
    void aBrokenModelHidesNoFaultOfTheData() throws IOException {
        Path sizes = RandomModel.llama(temp.resolve("weights")).resolve("config.json");
        String before = Files.readString(sizes);
        Files.writeString(sizes, "{");
        try {
            Path empty = Files.createDirectories(temp.resolve("empty"));
            String said =
                    examine(
                            2,
                            List.of(),
                            Map.of("datasets.scenes.build_info.storage", empty.toString()));
            assertTrue(said.contains("FAULT  sizes of the model"), said);
            assertTrue(said.contains("FAULT  data"), said);
            assertTrue(said.contains("ok     output"), said);
        } finally {
            Files.writeString(sizes, before);
        }
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
