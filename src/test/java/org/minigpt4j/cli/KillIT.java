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
import java.util.concurrent.locks.LockSupport;

/**
 * Kills a training process again and again, starts the same command again, and compares every bit
 * with a run that nobody disturbed. {@code -Dminigpt4j.kills=N} kills N times (SIGKILL; one SIGTERM
 * in four ends comes on top), {@code -Dminigpt4j.seed=S} repeats a run; docs/training.md has the
 * command.
 */
class KillIT {

    private static final int KILLS = Integer.getInteger("minigpt4j.kills", 4);
    // More than a process can do between its start and its end, so that no kill comes too late.
    private static final int ITERATIONS = 4 * KILLS;
    private static final int EPOCHS = 3;

    @TempDir private Path temp;

    /** How a process ended; {@code blow} says that it was made to. */
    private record Ended(int exitCode, String output, boolean blow) {}

    /**
     * When a process is ended: so long behind its so-many-th sign of life, of which the first is
     * that weights are loaded, and the others are iterations.
     */
    private record Blow(int signs, long nanos, boolean term) {

        static final Blow NEVER = new Blow(Integer.MAX_VALUE, 0, false);

        static Blow random(Random random) {
            int signs = 1 + random.nextInt(7);
            // Logs are cut and the first batches are read before the first iteration.
            int within = signs == 1 ? 400_000_000 : 30_000_000;
            return new Blow(signs, random.nextInt(within), random.nextInt(4) == 0);
        }
    }

    @Test
    void aRunThatWasKilledManyTimesHasTheBitsOfOneThatWasNot() throws Exception {
        long seed = Long.getLong("minigpt4j.seed", System.nanoTime());
        System.out.println("KillIT: seed " + seed + ", " + KILLS + " kills");
        Random random = new Random(seed);
        NanoFiles files = NanoFiles.make(temp, 96);
        Ended unbroken = run(files, "unbroken", 2, Blow.NEVER);
        assertEquals(0, unbroken.exitCode(), unbroken.output());
        List<String> expected = figures("unbroken");
        assertEquals(EPOCHS * ITERATIONS, expected.size());

        int kills = 0;
        int terms = 0;
        int logged = 0;
        boolean finished = false;
        while (!finished) {
            Blow blow = kills < KILLS ? Blow.random(random) : Blow.NEVER;
            // The number of replicas changes too: it must not matter.
            Ended ended = run(files, "broken", 1 + random.nextInt(2), blow);
            assertTrue(
                    ended.exitCode() == 0
                            || ended.blow() && List.of(137, 143).contains(ended.exitCode()),
                    ended.exitCode() + ": " + ended.output());
            kills += ended.exitCode() == 137 ? 1 : 0;
            terms += ended.exitCode() == 143 ? 1 : 0;
            finished = ended.exitCode() == 0;
            // What it logged is right, what a later process will log once more included.
            List<String> soFar = figures("broken");
            assertEquals(expected.subList(0, soFar.size()), soFar);
            logged += soFar.size();
        }
        System.out.printf(
                "KillIT: %d SIGKILLs and %d SIGTERMs in a run of %d iterations; %d logged lines"
                        + " compared, 0 bits differ%n",
                kills, terms, expected.size(), logged);
        assertEquals(KILLS, kills);
        assertEquals(expected, figures("broken"));
        assertEquals(epochLines("unbroken"), epochLines("broken"));
        assertArrayEquals(weights("unbroken"), weights("broken"));
    }

    /** Runs until the process ends, by itself or by a blow. */
    private Ended run(NanoFiles files, String output, int replicas, Blow blow)
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
        boolean struck = false;
        try (BufferedReader reader = process.inputReader()) {
            int signs = 0;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                printed.append(line).append('\n');
                boolean iteration = line.startsWith("epoch ") && line.contains("loss");
                if ((iteration || line.startsWith("loaded ")) && ++signs == blow.signs()) {
                    LockSupport.parkNanos(blow.nanos()); // so that it falls anywhere in between
                    struck = true;
                    if (blow.term()) {
                        process.destroy();
                    } else {
                        process.destroyForcibly();
                    }
                }
            }
        } catch (IOException e) {
            printed.append(e.getMessage()); // its end of the pipe broke when it was killed
        }
        return new Ended(process.waitFor(), printed.toString(), struck);
    }

    /** What each whole line of the log says that must not depend on how often a run was ended. */
    private List<String> figures(String output) throws IOException {
        List<String> figures = new ArrayList<>();
        Path log = folder(output).metrics();
        if (!Files.exists(log)) {
            return figures; // ended before its first line
        }
        String text = Files.readString(log);
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
            JsonObject json = JsonParser.parseString(line).getAsJsonObject();
            figures.add(
                    "%s %s %s %s"
                            .formatted(
                                    json.get("step"),
                                    json.get("loss"),
                                    json.get("lr"),
                                    json.get("grad_norm")));
        }
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
