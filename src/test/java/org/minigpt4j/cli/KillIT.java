package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.train.RunFolder;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Kills a training process again and again, starts the same command again, and compares every bit
 * with a run that nobody disturbed. {@code -Dminigpt4j.kills=N} kills N times, {@code
 * -Dminigpt4j.seed=S} repeats a run; docs/training.md has the command.
 */
class KillIT {

    private static final int KILLS = Integer.getInteger("minigpt4j.kills", 4);
    private static final int ITERATIONS = Math.max(8, 2 * KILLS);
    private static final int EPOCHS = 3;

    @TempDir private Path temp;

    private record Ended(int exitCode, String output, boolean killed) {}

    @Test
    void aRunThatWasKilledManyTimesHasTheBitsOfOneThatWasNot() throws Exception {
        long seed = Long.getLong("minigpt4j.seed", System.nanoTime());
        System.out.println("KillIT: seed " + seed + ", " + KILLS + " kills");
        Random random = new Random(seed);
        NanoFiles files = NanoFiles.make(temp, 96);
        Ended unbroken = run(files, "unbroken", 2, Integer.MAX_VALUE, false, 0);
        assertEquals(0, unbroken.exitCode(), unbroken.output());

        int kills = 0;
        int terms = 0;
        boolean finished = false;
        while (!finished) {
            int lines = kills < KILLS ? 1 + random.nextInt(7) : Integer.MAX_VALUE;
            boolean term = random.nextInt(4) == 0;
            // The number of replicas changes too: it must not matter.
            Ended ended =
                    run(
                            files,
                            "broken",
                            1 + random.nextInt(2),
                            lines,
                            term,
                            random.nextInt(30_000_000));
            finished = ended.exitCode() == 0;
            if (ended.killed()) {
                kills++;
                terms += ended.exitCode() == 143 ? 1 : 0;
                assertTrue(
                        List.of(0, 137, 143).contains(ended.exitCode()),
                        ended.exitCode() + ": " + ended.output());
            } else {
                assertEquals(0, ended.exitCode(), ended.output());
            }
        }
        System.out.println("KillIT: " + kills + " ends forced, of which " + terms + " by SIGTERM");
        assertTrue(kills > 0);
        assertEquals(figures("unbroken"), figures("broken"));
        assertEquals(epochLines("unbroken"), epochLines("broken"));
        assertArrayEquals(weights("unbroken"), weights("broken"));
    }

    /** Runs until the process ends, or until it has printed so many iterations and is ended. */
    private Ended run(
            NanoFiles files, String output, int replicas, int lines, boolean term, long nanos)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Dai.djl.offline=true", "-DOPT_OUT_TRACKING=true", "-cp"));
        command.add(System.getProperty("java.class.path"));
        command.add(Main.class.getName());
        command.addAll(
                files.train(
                        output,
                        Map.of(
                                "run.max_epoch", "" + EPOCHS,
                                "run.iters_per_epoch", "" + ITERATIONS,
                                "run.batch_size_train", "2",
                                "run.micro_batches", "2",
                                "run.devices", "cpu x " + replicas,
                                "run.threads", "1",
                                "run.log_freq", "1",
                                "run.checkpoint.steps", "3",
                                "run.checkpoint.keep_last", "2")));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var printed = new StringBuilder();
        boolean killed = false;
        try (BufferedReader reader = process.inputReader()) {
            int seen = 0;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                printed.append(line).append('\n');
                if (line.startsWith("epoch ") && line.contains("loss") && ++seen == lines) {
                    for (long until = System.nanoTime() + nanos; System.nanoTime() < until; ) {
                        Thread.onSpinWait(); // so that the blow falls anywhere in an iteration
                    }
                    killed = true;
                    if (term) {
                        process.destroy();
                    } else {
                        process.destroyForcibly();
                    }
                }
            }
        } catch (IOException e) {
            printed.append(e.getMessage()); // its end of the pipe broke when it was killed
        }
        return new Ended(process.waitFor(), printed.toString(), killed);
    }

    private List<String> figures(String output) throws IOException {
        List<String> figures = new ArrayList<>();
        for (String line : Files.readAllLines(folder(output).metrics())) {
            JsonObject json = JsonParser.parseString(line).getAsJsonObject();
            figures.add(
                    "%s %s %s %s"
                            .formatted(
                                    json.get("step"),
                                    json.get("loss"),
                                    json.get("lr"),
                                    json.get("grad_norm")));
        }
        assertEquals(EPOCHS * ITERATIONS, figures.size(), output);
        return figures;
    }

    private List<String> epochLines(String output) throws IOException {
        List<String> lines =
                Files.readAllLines(folder(output).log()).stream()
                        .filter(line -> line.startsWith("{\"train_lr\""))
                        .toList();
        assertEquals(EPOCHS, lines.size(), output);
        return lines;
    }

    private byte[] weights(String output) throws IOException {
        return Files.readAllBytes(
                folder(output).checkpoint(EPOCHS * ITERATIONS).resolve("state.safetensors"));
    }

    private RunFolder folder(String output) {
        return new RunFolder(temp.resolve(output));
    }
}
