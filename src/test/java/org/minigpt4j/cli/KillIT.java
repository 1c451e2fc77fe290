package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.util.Map.entry;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.cli.TrainProcess.Blow;
import org.minigpt4j.cli.TrainProcess.Ended;
import org.minigpt4j.nano.files.SceneShards;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Kills a training process again and again, starts the same command again, and compares every bit
 * with a run that nobody disturbed. {@code -Dminigpt4j.kills=N} kills N times (SIGKILL; one SIGTERM
 * in four ends comes on top), {@code -Dminigpt4j.seed=S} repeats a run; docs/training.md has the
 * command.
 */
class KillIT {

    private static final int KILLS = Integer.getInteger("minigpt4j.kills", 1);
    // More than a process can do between its start and its end, so that no kill comes too late.
    private static final int STEPS = 4 * KILLS;
    private static final int EPOCHS = 3;

    @TempDir private Path temp;

    @Test
    void aRunThatWasKilledManyTimesHasTheBitsOfOneThatWasNot() throws Exception {
        long seed = Long.getLong("minigpt4j.seed", System.nanoTime());
        System.out.println("KillIT: seed " + seed + ", " + KILLS + " kills");
        Random random = new Random(seed);
        NanoFiles files = NanoFiles.make(temp, 96);
        SceneShards.write(new SceneWorld(0, 128), temp.resolve("held-out"), 1000, 24);
        Ended unbroken = run(files, "unbroken", 2, Blow.NEVER);
        assertEquals(0, unbroken.exitCode(), unbroken.output());
        List<String> expected = figures("unbroken");
        assertEquals(EPOCHS * STEPS, expected.size());

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
                            || ended.struck() && List.of(137, 143).contains(ended.exitCode()),
                    ended.exitCode() + ": " + ended.output());
            kills += ended.exitCode() == 137 ? 1 : 0;
            terms += ended.exitCode() == 143 ? 1 : 0;
            finished = ended.exitCode() == 0;
            // What it logged is right, what a later process will log once more included.
            List<String> soFar = figures("broken");
            assertEquals(expected.subList(0, soFar.size()), soFar);
            logged += soFar.size();
            if (kills > 0 && kills % 10 == 0) {
                System.out.println("KillIT: " + kills + " kills, " + logged + " lines compared");
            }
        }
        System.out.printf(
                "KillIT: %d SIGKILLs and %d SIGTERMs in a run of %d steps; %d logged lines"
                        + " compared, 0 bits differ%n",
                kills, terms, expected.size(), logged);
        assertEquals(KILLS, kills);
        assertEquals(expected, figures("broken"));
        assertEquals(epochLines("unbroken"), epochLines("broken"));
        assertArrayEquals(weights("unbroken"), weights("broken"));
    }

    private Ended run(NanoFiles files, String output, int replicas, Blow blow)
            throws IOException, InterruptedException {
        String heldOut = temp.resolve("held-out").toString();
        Map<String, String> options =
                Map.ofEntries(
                        entry("run.max_epoch", "" + EPOCHS),
                        entry("run.iters_per_epoch", "" + STEPS),
                        entry("run.batch_size_train", "2"),
                        entry("run.micro_batches", "2"),
                        entry("run.devices", "cpu x " + replicas),
                        entry("run.threads", "1"),
                        entry("run.log_freq", "1"),
                        entry("run.valid_splits", "[val]"),
                        entry("datasets.scenes.build_info.val_storage", heldOut),
                        entry("run.checkpoint.steps", "3"),
                        entry("run.checkpoint.keep_last", "2"));
        return new TrainProcess(List.of(), List.of()).run(files.train(output, options), blow);
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
                folder(output).checkpoint(EPOCHS * STEPS).resolve("state.safetensors"));
    }

    private RunFolder folder(String output) {
        return new RunFolder(temp.resolve(output));
    }
}
