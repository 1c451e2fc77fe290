package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Ends the quickstart with SIGKILL at random moments, the same command again each time: drawing,
 * training, exams and writing of results alike. {@code -Dminigpt4j.kills=N} kills N times, {@code
 * -Dminigpt4j.seed=S} repeats the moments, {@code -Dminigpt4j.steps=0} trains as long as the
 * shipped configurations say.
 */
@Tag("soak")
class QuickstartKillIT {

    private static final int KILLS = Integer.getInteger("minigpt4j.kills", 10);
    private static final int STEPS = Integer.getInteger("minigpt4j.steps", 40);

    /** The longest wait before a kill, as a share of what an undisturbed quickstart takes. */
    private static final double REACH = 0.6;

    private static final Duration PATIENCE = Duration.ofMinutes(30);

    @Test
    void oneThatWasKilledTenTimesEndsWithTheResultsOfOneThatWasNot(@TempDir Path temp)
            throws Exception {
        long seed = Long.getLong("minigpt4j.seed", System.nanoTime());
        System.out.println("QuickstartKillIT: seed " + seed + ", " + KILLS + " kills");
        Random random = new Random(seed);
        Path unbroken = folder(temp, "unbroken");
        long begun = System.nanoTime();
        toItsEnd(unbroken);
        long usual = System.nanoTime() - begun;

        Path broken = folder(temp, "broken");
        for (int kills = 0; kills < KILLS; ) {
            long wait = (long) (REACH * usual * random.nextDouble());
            Path log = temp.resolve("log" + kills);
            Process process = start(broken, log);
            if (process.waitFor(wait, TimeUnit.NANOSECONDS)) {
                assertEquals(0, process.exitValue(), Files.readString(log));
                continue; // it came to its end before
            }
            process.destroyForcibly().waitFor();
            kills++;
            List<String> lines = Files.readAllLines(log);
            System.out.printf(
                    Locale.ROOT,
                    "QuickstartKillIT: %d after %.1f s: %s%n",
                    kills,
                    wait / 1e9,
                    lines.isEmpty() ? "" : lines.get(lines.size() - 1));
        }
        toItsEnd(broken);
        Path output = Path.of("output", "quickstart");
        assertEquals(
                Files.readString(unbroken.resolve(output).resolve("results.json")),
                Files.readString(broken.resolve(output).resolve("results.json")));
        for (String stage : List.of("stage1", "stage2")) {
            Path run = output.resolve(stage);
            assertArrayEquals(weights(unbroken.resolve(run)), weights(broken.resolve(run)), stage);
            assertEquals(losses(unbroken.resolve(run)), losses(broken.resolve(run)), stage);
        }
    }

    private static Path folder(Path temp, String name) throws IOException {
        Path folder = Files.createDirectory(temp.resolve(name));
        QuickstartFolder.make(folder);
        if (STEPS > 0) {
            QuickstartFolder.shorten(folder, STEPS, STEPS);
        }
        return folder;
    }

    private static Process start(Path folder, Path log) throws IOException {
        return TestProcess.start(
                QuickstartFolder.builder(folder, "quickstart").redirectOutput(log.toFile()),
                PATIENCE);
    }

    private static void toItsEnd(Path folder) throws Exception {
        Path log = folder.resolve("log");
        assertEquals(0, start(folder, log).waitFor(), () -> log + " says why");
    }

    /** What the last checkpoint of a run holds, optimizer included. */
    private static byte[] weights(Path run) throws IOException {
        try (var checkpoints = Files.list(run.resolve("checkpoints"))) {
            Path last = checkpoints.sorted().reduce((one, next) -> next).orElseThrow();
            return Files.readAllBytes(last.resolve("state.safetensors"));
        }
    }

    private static List<String> losses(Path run) throws IOException {
        List<String> losses = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            losses.add(line.replaceAll(",\"grad_norm.*", ""));
        }
        return losses;
    }
}
