package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.model.Preset;
import org.minigpt4j.nano.RandomModel;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What becomes of an output folder that holds a run. */
class ResumeIT {

    private static final int STEPS = 6;

    @TempDir private static Path temp;
    private static NanoFiles files;

    @BeforeAll
    static void make() throws IOException {
        files = NanoFiles.make(temp, 64);
    }

    @Test
    void theSameConfigurationGoesOnAndOneWithAnotherResultIsRefused() throws IOException {
        train(0, "one", Map.of());
        byte[] state = state("one");
        String again = train(0, "one", Map.of("run.log_freq", "1", "run.devices", "cpu x 2"));
        assertTrue(again.contains("after step 6"), again);
        assertTrue(again.contains("Nothing was left to train."), again);

        String other = train(2, "one", Map.of("run.init_lr", "2e-3", "run.micro_batches", "3"));
        assertTrue(other.contains("run.init_lr (was 0.02, is 0.002)"), other);
        assertTrue(other.contains("run.micro_batches (was 1, is 3)"), other);
        assertTrue(other.contains("--resume force"), other);
        assertArrayEquals(state, state("one"), "nothing was touched");

        String forced =
                train(
                        0,
                        "one",
                        Map.of("run.init_lr", "2e-3", "run.max_epoch", "2"),
                        "--resume",
                        "force");
        assertTrue(forced.contains("after step 6"), forced);
        RunFolder run = new RunFolder(temp.resolve("one"));
        assertEquals(2 * STEPS, Files.readAllLines(run.metrics()).size());

        String anew = train(0, "one", Map.of(), "--resume", "never");
        assertTrue(!anew.contains("after step"), anew);
        assertEquals(STEPS, Files.readAllLines(run.metrics()).size());
        assertArrayEquals(state, state("one"), "the run of before, done again");
    }

    @Test
    void aDamagedNewestCheckpointIsToldAndTheOneBeforeTaken() throws IOException {
        train(0, "damaged", Map.of());
        RunFolder run = new RunFolder(temp.resolve("damaged"));
        byte[] good = state("damaged");
        Path file = run.checkpoint(STEPS).resolve("state.safetensors");
        byte[] bad = good.clone();
        bad[bad.length / 2] ^= 4;
        Files.write(file, bad);
        String said = train(0, "damaged", Map.of());
        assertTrue(said.contains(file + " is not what manifest.json says it was"), said);
        assertTrue(said.contains("after step 4"), said);
        assertArrayEquals(good, state("damaged"));
        assertEquals(STEPS, Files.readAllLines(run.metrics()).size());
    }

    @Test
    void checkpointsThatThisVersionCannotReadAreLeftAlone() throws IOException {
        train(0, "later", Map.of());
        RunFolder run = new RunFolder(temp.resolve("later"));
        for (int step : new int[] {2, 4, STEPS}) {
            Path manifest = run.checkpoint(step).resolve("manifest.json");
            String text = Files.readString(manifest);
            assertTrue(text.contains("\"format\": 3"), text);
            Files.writeString(manifest, text.replace("\"format\": 3", "\"format\": 5"));
        }
        Map<String, byte[]> before = content(run);
        String said = train(2, "later", Map.of());
        assertTrue(said.contains("has format 5"), said);
        assertEquals(before.keySet(), content(run).keySet());
        before.forEach((name, bytes) -> assertArrayEquals(bytes, content(run).get(name), name));
        train(0, "later", Map.of(), "--resume", "never");
        assertEquals(STEPS, Files.readAllLines(run.metrics()).size());
    }

    @Test
    void aRunIsNotDeletedBeforeTheNewOneIsFoundWell() throws IOException {
        train(0, "kept", Map.of());
        RunFolder run = new RunFolder(temp.resolve("kept"));
        Map<String, byte[]> before = content(run);
        for (var mistake :
                Map.of("run.listeners", "[a.b.C]", "run.resume_ckpt_path", temp.toString())
                        .entrySet()) {
            Map<String, String> options = Map.of(mistake.getKey(), mistake.getValue());
            String said = train(2, "kept", options, "--resume", "never");
            assertTrue(said.contains(mistake.getKey()), said);
            assertEquals(before.keySet(), content(run).keySet(), said);
        }
        before.forEach((name, bytes) -> assertArrayEquals(bytes, content(run).get(name), name));

        // It may begin from the projection of the one that it takes the place of.
        String anew =
                train(0, "kept", Map.of("model.ckpt", run.root().toString()), "--resume", "never");
        assertTrue(!anew.contains("after step"), anew);
        assertEquals(STEPS, Files.readAllLines(run.metrics()).size());
    }

    @Test
    void aDamagedCheckpointBeginsNoOtherRun() throws IOException {
        train(0, "stage1", Map.of());
        Path newest = new RunFolder(temp.resolve("stage1")).checkpoint(STEPS);
        Path file = newest.resolve("state.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 4;
        Files.write(file, bytes);
        for (String key : List.of("model.ckpt", "run.resume_ckpt_path")) {
            for (Path place : List.of(temp.resolve("stage1"), newest)) {
                String said = train(2, "stage2", Map.of(key, place.toString()));
                assertTrue(said.contains(key), said);
                assertTrue(said.contains(file + " is not what manifest.json says it was"), said);
            }
        }
        assertTrue(Files.notExists(temp.resolve("stage2").resolve("metrics.jsonl")));
    }

    @Test
    void weightsOfAnotherSizeUnderARunAreToldByTheirShapes() throws IOException {
        train(0, "sized", Map.of());
        // Another model of the same name takes the place of the one that it was begun with.
        Path sizes = RandomModel.llama(temp.resolve("weights")).resolve("config.json");
        String before = Files.readString(sizes);
        int hidden = Preset.NANO.llama().hidden();
        Files.writeString(
                sizes,
                before.replace("\"hidden_size\": " + hidden, "\"hidden_size\": " + 2 * hidden));
        try {
            String said = train(2, "sized", Map.of());
            assertTrue(said.contains("llama_proj.weight is [" + hidden + ", "), said);
            assertTrue(said.contains("ask for [" + 2 * hidden + ", "), said);
        } finally {
            Files.writeString(sizes, before);
        }
    }

    /** Every file of its checkpoints, and its log of steps. */
    private static Map<String, byte[]> content(RunFolder run) {
        Map<String, byte[]> content = new TreeMap<>();
        try (Stream<Path> tree = Files.walk(run.root().resolve("checkpoints"))) {
            for (Path file : tree.filter(Files::isRegularFile).toList()) {
                content.put(run.root().relativize(file).toString(), Files.readAllBytes(file));
            }
            content.put("metrics.jsonl", Files.readAllBytes(run.metrics()));
            return content;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void anotherRunsCheckpointBeginsANewFolder() throws IOException {
        train(0, "source", Map.of());
        Path middle = new RunFolder(temp.resolve("source")).checkpoint(4);
        String said = train(0, "branch", Map.of("run.resume_ckpt_path", middle.toString()));
        assertTrue(said.contains("continuing from " + middle + " after step 4"), said);
        assertArrayEquals(state("source"), state("branch"));
        assertEquals(2, Files.readAllLines(temp.resolve("branch/metrics.jsonl")).size());
    }

    private static byte[] state(String output) throws IOException {
        return Files.readAllBytes(
                new RunFolder(temp.resolve(output)).checkpoint(STEPS).resolve("state.safetensors"));
    }

    private static String train(
            int code, String output, Map<String, String> more, String... before) {
        Map<String, String> options =
                new TreeMap<>(
                        Map.of(
                                "run.max_epoch", "1",
                                "run.iters_per_epoch", "" + STEPS,
                                "run.batch_size_train", "2",
                                "run.threads", "1",
                                "run.checkpoint.steps", "2",
                                "run.tracking.uri", "none"));
        options.putAll(more);
        List<String> arguments = new ArrayList<>(files.train(output, options));
        arguments.addAll(1, List.of(before));
        var said = new StringWriter();
        var out = new PrintWriter(said, true);
        int exit =
                Main.commandLine()
                        .setOut(out)
                        .setErr(out)
                        .execute(arguments.toArray(String[]::new));
        assertEquals(code, exit, said.toString());
        return said.toString();
    }
}
